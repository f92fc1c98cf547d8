import { Endpoint } from '../net/endpoint';
import type { PeerTransport } from '../peer/peer-policy';
import type { Allocation } from './allocation';
import type { Channel } from './channel';

/**
 * Which port to bind (RFC 8656 7.2): any, an even one, or an even one together with the next higher, which is reserved
 * for an Allocate request to come.
 */
export type RelayPorts = 'any' | 'even' | 'even-and-next';

/** One relayed transport address of an allocation (RFC 8656 2). The handle that core and I/O share. */
export class RelayedTransport {
  // As in `Allocation`, members are declared in the order of their use.
  /** For I/O alone: where its socket is. -1 while there is none. */
  handle = -1;
  /** Address family to bind, as asked by REQUESTED-ADDRESS-FAMILY (RFC 8656 18.6). */
  readonly family: 4 | 6;
  /** The channel that data from peers passed by last; it may be unbound by now. */
  recentChannel: Channel | undefined;
  /** Another one once a reserved transport address is claimed. */
  allocation: Allocation;
  /** Listener whose relay address is to be advertised. */
  readonly listener: string;
  readonly ports: RelayPorts;
  /** For `even-and-next`: what I/O binds to the next port, or it binds neither. */
  readonly next: RelayedTransport | undefined;
  /** Set by I/O before `relayOpened`: the address to advertise, and the bound port. */
  readonly address = new Endpoint();
  /** Monotonic milliseconds. The two families of a dual allocation may end one after the other (RFC 8656 8.2). */
  expiresAt = 0;

  constructor(
    allocation: Allocation,
    family: 4 | 6,
    listener: string,
    ports: RelayPorts = 'any',
    next?: RelayedTransport,
  ) {
    this.family = family;
    this.allocation = allocation;
    this.listener = listener;
    this.ports = ports;
    this.next = next;
  }

  /** What carries data between it and peers: a UDP socket, or a TCP socket that listens. */
  get transport(): PeerTransport {
    return this.allocation.peerTransport;
  }
}
