import type { Endpoint } from '../net/endpoint';
import { HEADROOM, TAILROOM } from '../turn/sink';
import { arenaSize, type Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { IOVEC, MMSGHDR, MSG_DONTWAIT } from './ffi/linux';
import { PKTINFO_SPACE, readPktinfo } from './ffi/pktinfo';
import { SOCKADDR_SPACE, type Family } from './ffi/sockaddr';

/** Longer than any UDP payload, so that no datagram is cut. Pages that no datagram reaches cost no memory. */
const MAX_DATAGRAM = 65_536;
/** An odd number of cache lines, so that the slots' beginnings do not contend for the same part of the cache. */
const STRIDE = HEADROOM + MAX_DATAGRAM + 64 * 2;

/** Where datagrams come in: so many slots, each wired once to a message header of `recvmmsg`. */
export class ReceiveSlots {
  private readonly headers: number;
  private readonly names: number;
  private readonly controls: number;
  private readonly payloads: number;

  static space(count: number): number {
    return arenaSize(
      count * MMSGHDR.size,
      count * IOVEC.size,
      count * SOCKADDR_SPACE,
      count * PKTINFO_SPACE,
      count * STRIDE + TAILROOM,
    );
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
    this.controls = arena.take(count * PKTINFO_SPACE);
    this.payloads = arena.take(count * STRIDE + TAILROOM) + HEADROOM;
    for (let slot = 0; slot < count; slot++) {
      const header = this.headers + slot * MMSGHDR.size;
      const iov = iovs + slot * IOVEC.size;
      arena.setPointer(header + MMSGHDR.name, this.nameOffset(slot));
      view.setUint32(header + MMSGHDR.nameLength, SOCKADDR_SPACE, true);
      arena.setPointer(header + MMSGHDR.iov, iov);
      arena.setLong(header + MMSGHDR.iovLength, 1);
      arena.setPointer(header + MMSGHDR.control, this.controls + slot * PKTINFO_SPACE);
      arena.setPointer(iov + IOVEC.base, this.offset(slot));
      arena.setLong(iov + IOVEC.length, MAX_DATAGRAM);
    }
  }

  /** Fills slots from `first` on with what waits in a socket. Returns how many, or -1 as the kernel does. */
  receive(fd: number, first: number, atMost: number): number {
    return atMost === 1 ? this.receiveOne(fd, first) : this.receiveMany(fd, first, atMost);
  }

  /** The same for a socket whose datagrams come with a control message, such as where they were sent to. */
  receiveWithControl(fd: number, first: number, atMost: number): number {
    const { view } = this.arena;
    for (let slot = first; slot < first + atMost; slot++) {
      view.setUint32(this.headers + slot * MMSGHDR.size + MMSGHDR.controlLength, PKTINFO_SPACE, true);
    }
    return this.receiveMany(fd, first, atMost);
  }

  /** The address of this host that a datagram was sent to. False if it does not say. */
  destination(slot: number, family: Family, into: Endpoint): boolean {
    return readPktinfo(this.arena.view, this.controlOffset(slot), this.controlLength(slot), family, into);
  }

  /** Where the control message is. */
  controlOffset(slot: number): number {
    return this.controls + slot * PKTINFO_SPACE;
  }

  controlLength(slot: number): number {
    return this.arena.view.getUint32(this.headers + slot * MMSGHDR.size + MMSGHDR.controlLength, true);
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

  private receiveMany(fd: number, first: number, atMost: number): number {
    return this.libc.recvmmsg(fd, this.arena.base + this.headers + first * MMSGHDR.size, atMost, MSG_DONTWAIT, 0);
  }

  /** For one datagram, which spares the kernel reading headers. */
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
}
