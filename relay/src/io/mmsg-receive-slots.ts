import { HEADROOM, TAILROOM } from '../turn/sink';
import { arenaSize, type Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { IOVEC, MMSGHDR, MSG_DONTWAIT } from './ffi/linux';
import { SOCKADDR_SPACE } from './ffi/sockaddr';

/** Longer than any UDP payload, so that no datagram is cut. Pages that no datagram reaches cost no memory. */
const MAX_DATAGRAM = 65_536;
/** An odd number of cache lines, so that the slots' beginnings do not contend for the same part of the cache. */
const STRIDE = HEADROOM + MAX_DATAGRAM + 64 * 2;

/** Where datagrams come in: so many slots, each wired once to a message header of `recvmmsg`. */
export class ReceiveSlots {
  private readonly headers: number;
  private readonly names: number;
  private readonly payloads: number;

  static space(count: number): number {
    return arenaSize(count * MMSGHDR.size, count * IOVEC.size, count * SOCKADDR_SPACE, count * STRIDE + TAILROOM);
  }

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
    readonly count: number,
  ) {
    const { view } = arena;
    this.headers = arena.take(count * MMSGHDR.size);
    const iovs = arena.take(count * IOVEC.size);
    this.names = arena.take(count * SOCKADDR_SPACE);
    this.payloads = arena.take(count * STRIDE + TAILROOM) + HEADROOM;
    for (let slot = 0; slot < count; slot++) {
      const header = this.headers + slot * MMSGHDR.size;
      const iov = iovs + slot * IOVEC.size;
      arena.setPointer(header + MMSGHDR.name, this.nameOffset(slot));
      view.setUint32(header + MMSGHDR.nameLength, SOCKADDR_SPACE, true);
      arena.setPointer(header + MMSGHDR.iov, iov);
      arena.setLong(header + MMSGHDR.iovLength, 1);
      arena.setPointer(iov + IOVEC.base, this.offset(slot));
      arena.setLong(iov + IOVEC.length, MAX_DATAGRAM);
    }
  }

  /** Fills slots from `first` on with what waits in a socket. Returns how many, or -1 as the kernel does. */
  receive(fd: number, first: number, atMost: number): number {
    if (atMost === 1) return this.receiveOne(fd, first);
    return this.libc.recvmmsg(fd, this.arena.base + this.headers + first * MMSGHDR.size, atMost, MSG_DONTWAIT, 0);
  }

  /** The same for one datagram, which spares the kernel reading headers. */
  private receiveOne(fd: number, slot: number): number {
    const { base, view } = this.arena;
    const header = this.headers + slot * MMSGHDR.size;
    const length = this.libc.recvfrom(
      fd,
      base + this.offset(slot),
      MAX_DATAGRAM,
      MSG_DONTWAIT,
      base + this.nameOffset(slot),
      base + header + MMSGHDR.nameLength,
    );
    if (length < 0) return -1;
    view.setUint32(header + MMSGHDR.length, length, true);
    return 1;
  }

  /** Where the source's socket address is. */
  nameOffset(slot: number): number {
    return this.names + slot * SOCKADDR_SPACE;
  }

  /** Where the payload is: HEADROOM before it and TAILROOM behind it are writable. */
  offset(slot: number): number {
    return this.payloads + slot * STRIDE;
  }

  /** How long the payload is. To be read once for each datagram: the slot's header is made ready for the next one. */
  takeLength(slot: number): number {
    const { view } = this.arena;
    const header = this.headers + slot * MMSGHDR.size;
    // The kernel wrote how long the address was, and would take that for the room there is.
    view.setUint32(header + MMSGHDR.nameLength, SOCKADDR_SPACE, true);
    return view.getUint32(header + MMSGHDR.length, true);
  }
}
