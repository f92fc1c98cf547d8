import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Endpoint } from '../net/endpoint';

export type Family = 4 | 6;

/** Where relayed transport addresses of one family are. */
export interface RelayAddress {
  /** Told to clients in XOR-RELAYED-ADDRESS. */
  readonly advertised: string;
  /** Bound: the same if this host has it, else (one-to-one NAT) the wildcard of its family. */
  readonly bind: string;
}

export interface LocalAddress {
  readonly address: string;
  /** Loopback. */
  readonly internal: boolean;
}

/**
 * Chooses the relayed address to advertise, for each family: what the operator asked for, else the listener's own
 * address, else the first that this host has. Loopback is taken only if asked for, or if there is nothing else at all.
 */
export class RelayAddresses {
  private local: readonly LocalAddress[];

  /** @param configured addresses the operator asked for, at most one of a family. */
  constructor(
    private readonly configured: readonly string[] = [],
    private readonly readLocal: () => readonly LocalAddress[] = localAddresses,
  ) {
    this.local = readLocal();
  }

  /** Looks again which addresses this host has. */
  refresh(): void {
    this.local = this.readLocal();
  }

  /** @param listenerAddress `ListenerConfig.address`; a wildcard, an empty text or a host name says nothing. */
  of(listenerAddress: string, family: Family): RelayAddress | undefined {
    const wanted = [...this.configured, listenerAddress].find(address => isRelayAddress(address, family));
    const advertised = wanted ?? this.ownAddress(family);
    if (advertised === undefined) return undefined;
    return { advertised, bind: this.isLocal(advertised) ? advertised : family === 4 ? '0.0.0.0' : '::' };
  }

  /** Families that a listener's clients can have relayed addresses in. */
  families(listenerAddress: string): Family[] {
    return ([4, 6] as const).filter(family => this.of(listenerAddress, family) !== undefined);
  }

  /** Addresses of this host that clients can send to from elsewhere. */
  own(family: Family): Endpoint[] {
    const own = this.local
      .filter(({ address }) => isRelayAddress(address, family))
      .map(({ address }) => Endpoint.of(address));
    return own.filter(address => !isLoopback(address));
  }

  private ownAddress(family: Family): string | undefined {
    const external = this.local.filter(({ internal }) => !internal);
    const candidates = external.length > 0 ? external : this.local;
    return candidates.find(({ address }) => isRelayAddress(address, family))?.address;
  }

  private isLocal(advertised: string): boolean {
    const wanted = Endpoint.of(advertised);
    return this.local.some(({ address }) => Endpoint.of(address).sameAddress(wanted));
  }
}

function isRelayAddress(address: string, family: Family): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const endpoint = Endpoint.of(address);
  return endpoint.family === family && !endpoint.isUnspecified;
}

/** 127.0.0.0/8 and ::1; other addresses of the loopback interface are as good as any. */
function isLoopback({ isIpv4, a, b, c, d }: Endpoint): boolean {
  return isIpv4 ? d >>> 24 === 127 : a === 0 && b === 0 && c === 0 && d === 1;
}

/** This host's addresses, without IPv6 link-local ones: a peer cannot answer them without a zone. */
function localAddresses(): LocalAddress[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ address, family }) => family === 'IPv4' || !/^fe[89ab]/i.test(address));
}
