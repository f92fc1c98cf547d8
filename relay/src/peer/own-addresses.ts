import type { Endpoint } from '../net/endpoint';
import { embeddedIpv4 } from './embedded-ipv4';
import { PortRanges } from './port-ranges';

/** A service that no client may reach through the relay: a listener, an admin port, the API server. */
export interface OwnAddress {
  /** Reads well in a log: `listener acme/edge/udp`, `the Kubernetes API server`. */
  readonly name: string;
  /** `any-local`, or an unspecified address: each of the relay's own. Its port is ignored. */
  readonly address: Endpoint | 'any-local';
  /** @default every port of the address */
  readonly port?: number;
}

/** The addresses and ports that stay closed whatever routes say, in their IPv6-embedded forms too. */
export class OwnAddresses {
  static readonly NONE = new OwnAddresses([]);

  /** @param local addresses of the relay's own interfaces, meant by `any-local`. */
  constructor(
    private readonly addresses: readonly OwnAddress[],
    private readonly local: readonly Endpoint[] = [],
  ) {}

  /** Services at the peer's address. The relay's other ports stay open: relayed addresses are there. */
  at(peer: Endpoint): readonly OwnAddress[] {
    const spellings = [peer, ...embeddedIpv4(peer).map(({ address }) => address)];
    const isAmong = (addresses: readonly Endpoint[]): boolean =>
      addresses.some(address => spellings.some(spelling => spelling.sameAddress(address)));
    const isLocal = isAmong(this.local);
    return this.addresses.filter(({ address }) =>
      address === 'any-local' || address.isUnspecified ? isLocal : isAmong([address]),
    );
  }
}

/** Ports that these services close. */
export function portsOf(addresses: readonly OwnAddress[]): PortRanges {
  return PortRanges.unionOf(addresses.map(({ port }) => (port === undefined ? PortRanges.ALL : PortRanges.of(port))));
}
