import { Endpoint } from '../net/endpoint';
import type { Allocation } from './allocation';

/** One relayed transport address of an allocation (RFC 8656 2). The handle that core and I/O share. */
export class RelayedTransport {
  /** Set by I/O before `relayOpened`: the address to advertise, and the bound port. */
  readonly address = new Endpoint();
  /** For I/O alone: where its socket is. -1 while there is none. */
  handle = -1;

  constructor(
    readonly allocation: Allocation,
    /** Address family to bind, as asked by REQUESTED-ADDRESS-FAMILY (RFC 8656 18.9). */
    readonly family: 4 | 6,
    /** Listener whose relay address is to be advertised. */
    readonly listener: string,
  ) {}
}
