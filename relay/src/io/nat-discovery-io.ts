import { NatDiscovery } from '../nat-discovery/nat-discovery';
import type { Origins } from '../nat-discovery/origins';
import { Endpoint } from '../net/endpoint';
import { AddressTexts } from './address-texts';
import type { Clock } from './clock';
import { Counts } from './counts';
import type { Opened } from './datagram';
import { UdpSocket } from './udp-socket';

const BUFFER = 256 * 1024;

/** The sockets of NAT behaviour discovery: one for each origin, for an answer leaves from where it says (RFC 5780 6.1). */
export class NatDiscoveryIo {
  readonly counts = new Counts();
  private readonly sockets: readonly UdpSocket[];
  private readonly core: NatDiscovery;
  private readonly texts = new AddressTexts();
  private readonly source = new Endpoint();

  constructor(
    origins: Origins,
    private readonly clock: Clock,
    mayAnswer: (source: Endpoint, now: number) => boolean,
  ) {
    this.sockets = origins.map(({ address, port, isIpv4 }) => {
      const type = isIpv4 ? 'udp4' : 'udp6';
      return new UdpSocket({ type, address, port, ipv6Only: !isIpv4, bufferSize: BUFFER }, this.texts, this.counts);
    });
    this.core = new NatDiscovery(
      origins,
      (origin, to, bytes, offset, length) => this.sockets[origin]!.send(to, bytes, offset, length),
      mayAnswer,
    );
  }

  /** Binds all sockets, or none. `opened` is called once. */
  open(opened: Opened): void {
    let missing = this.sockets.length;
    this.sockets.forEach((socket, origin) =>
      socket.bind(
        (message, { address, port }) => {
          if (!this.texts.read(address, port, this.source)) return;
          this.core.handle(origin, this.source, message, 0, message.length, this.clock());
        },
        error => {
          // Sockets that are closed tell no more.
          if (error !== undefined) this.close();
          if (error !== undefined || --missing === 0) opened(error);
        },
      ),
    );
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }
}
