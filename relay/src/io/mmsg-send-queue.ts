import { constants } from 'node:os';
import type { Endpoint } from '../net/endpoint';
import type { Counts } from './counts';
import { arenaSize, type Arena } from './ffi/arena';
import { errorCode, type Libc } from './ffi/libc';
import { CMSG, IOVEC, MMSGHDR, MSG_DONTWAIT, SOL_UDP, UDP_SEGMENT } from './ffi/linux';
import { PKTINFO_SPACE, pktinfoSpace, writePktinfo } from './ffi/pktinfo';
import { SOCKADDR_SPACE, sockaddrLength, writeSockaddr, type Family } from './ffi/sockaddr';
import type { UdpDescriptors } from './ffi/udp-descriptors';
import { SegmentationRefusals } from './mmsg-refusals';

/** Datagrams that one system call sends at most. */
const CAPACITY = 128;
/** Datagrams that the kernel cuts from one message: fewer than the 64 that all kernels allow. */
const MAX_SEGMENTS = 60;
/** Bytes of such a message: what an IP packet can hold, less some. */
const MAX_SEGMENTED = 65_000;
/** Room for the control message that states the segment size, and behind it for the one that names the source. */
const SEGMENT_SPACE = 24;
const SEGMENT_LENGTH = CMSG.data + 2;
const CONTROL_SPACE = SEGMENT_SPACE + PKTINFO_SPACE;
/** Copies of what lies outside the arena: answers, and the data of stream clients. */
const COPY_SPACE = 256 * 1024;

const { EAGAIN, EIO } = constants.errno;

/**
 * Datagrams that wait to be sent together. They stay where they are in the arena, so a slot must not be used again before
 * `flush`. One socket at a time: what goes out by another one first sends what waits.
 *
 * Datagrams of one length to one destination, one after the other, become one message that the kernel cuts (UDP_SEGMENT);
 * the last may be shorter. Where the kernel refuses to, they go out one by one, then and from then on.
 *
 * Datagrams of a socket that is bound to no address may name the one they come from (IP_PKTINFO): all that wait, or none.
 */
export class SendQueue {
  /** Whether runs are sent as one message. */
  segmentation = true;

  private readonly headers: number;
  private readonly iovs: number;
  private readonly names: number;
  private readonly controls: number;
  private readonly singles: number;
  private readonly copies: number;
  private copied = 0;
  private readonly refusals = new SegmentationRefusals();

  private fd = -1;
  private messages = 0;
  private datagrams = 0;
  /** The message that is being put together: its segment size, or 0 if nothing may follow. */
  private segment = 0;
  private segments = 0;
  private total = 0;
  /** Where the last datagram is. */
  private lastOffset = 0;
  /** The address of this host that it comes from. */
  private from: Endpoint | undefined;
  /** Its destination. */
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;
  private port = 0;

  static readonly space = arenaSize(
    CAPACITY * MMSGHDR.size,
    CAPACITY * IOVEC.size,
    CAPACITY * SOCKADDR_SPACE,
    CAPACITY * CONTROL_SPACE,
    CAPACITY * MMSGHDR.size,
    COPY_SPACE,
  );

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
    private readonly counts: Counts,
  ) {
    const { view } = arena;
    this.headers = arena.take(CAPACITY * MMSGHDR.size);
    this.iovs = arena.take(CAPACITY * IOVEC.size);
    this.names = arena.take(CAPACITY * SOCKADDR_SPACE);
    this.controls = arena.take(CAPACITY * CONTROL_SPACE);
    this.singles = arena.take(CAPACITY * MMSGHDR.size);
    this.copies = arena.take(COPY_SPACE);
    for (let i = 0; i < CAPACITY; i++) {
      const control = this.control(i);
      arena.setLong(control + CMSG.length, SEGMENT_LENGTH);
      view.setInt32(control + CMSG.level, SOL_UDP, true);
      view.setInt32(control + CMSG.type, UDP_SEGMENT, true);
      const header = this.headers + i * MMSGHDR.size;
      arena.setPointer(header + MMSGHDR.name, this.names + i * SOCKADDR_SPACE);
    }
    for (let i = 0; i < CAPACITY; i++) {
      const iov = this.iovs + i * IOVEC.size;
      view.setUint32(iov + IOVEC.length + 4, 0, true);
      arena.setPointer(this.singles + i * MMSGHDR.size + MMSGHDR.iov, iov);
      arena.setLong(this.singles + i * MMSGHDR.size + MMSGHDR.iovLength, 1);
    }
  }

  /**
   * One datagram. Its bytes are in the arena, or are copied there.
   *
   * @param from where it comes from, the same object each time; undefined leaves that to the socket and the routing table
   */
  push(
    fd: number,
    family: Family,
    to: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    from?: Endpoint,
  ): void {
    if (fd !== this.fd || (from === undefined) !== (this.from === undefined)) {
      this.flush();
      this.fd = fd;
    } else if (this.datagrams === CAPACITY) {
      this.flush();
    }
    const at = bytes === this.arena.bytes ? offset : this.copy(bytes, offset, length);
    if (at < 0) return;
    const { view } = this.arena;
    this.lastOffset = at;
    const iov = this.iovs + this.datagrams++ * IOVEC.size;
    this.arena.setPointer(iov + IOVEC.base, at);
    view.setUint32(iov + IOVEC.length, length, true);
    if (this.segment >= length && length > 0 && from === this.from && this.continues(to, length)) this.append(length);
    else this.begin(family, to, length, iov);
    if (from !== undefined) this.nameSource(family, from);
    else this.from = undefined;
  }

  /** The DF bit belongs to the socket, so what waits goes out before, and this by itself. */
  sendUnfragmented(
    descriptors: UdpDescriptors,
    fd: number,
    family: Family,
    to: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.flush();
    descriptors.setDontFragment(fd, family, true);
    this.push(fd, family, to, bytes, offset, length);
    this.flush();
    descriptors.setDontFragment(fd, family, false);
  }

  /** Sends what waits; afterwards the arena may be written to again. */
  flush(): void {
    this.copied = 0;
    if (this.messages === 0) return;
    const { fd, messages } = this;
    this.messages = 0;
    this.datagrams = 0;
    this.segment = 0;
    let sent = 0;
    let refusedBefore = -1;
    while (sent < messages) {
      const accepted = this.send(fd, sent, messages - sent);
      if (accepted > 0) {
        sent += accepted;
        continue;
      }
      const errno = this.libc.errno();
      const count = this.arena.view.getUint32(this.header(sent) + MMSGHDR.iovLength, true);
      if (errno === EAGAIN) {
        for (; sent < messages; sent++) this.lost('send queue full', sent);
      } else if (count > 1) {
        this.refused(sent, errno);
        this.sendSingles(fd, sent, count);
        sent++;
      } else if (refusedBefore !== sent) {
        // It may have been told of an earlier datagram's fate (an ICMP error), which does not keep this one back.
        refusedBefore = sent;
      } else {
        this.counts.add(errorCode(errno));
        sent++;
      }
    }
  }

  /** How many of these messages the kernel has taken, or -1. A single datagram spares it reading headers. */
  private send(fd: number, first: number, count: number): number {
    const { base, view } = this.arena;
    const header = this.header(first);
    if (count > 1 || this.from !== undefined || view.getUint32(header + MMSGHDR.iovLength, true) > 1) {
      return this.libc.sendmmsg(fd, base + header, count, MSG_DONTWAIT);
    }
    const name = base + this.names + first * SOCKADDR_SPACE;
    const length = this.total;
    const taken = this.libc.sendto(
      fd,
      base + this.lastOffset,
      length,
      MSG_DONTWAIT,
      name,
      view.getUint32(header + MMSGHDR.nameLength, true),
    );
    return taken < 0 ? -1 : 1;
  }

  private continues(to: Endpoint, length: number): boolean {
    return (
      this.segmentation &&
      this.port === to.port &&
      this.d === to.d &&
      this.c === to.c &&
      this.b === to.b &&
      this.a === to.a &&
      this.segments < MAX_SEGMENTS &&
      this.total + length <= MAX_SEGMENTED &&
      !this.refusals.has(to)
    );
  }

  private append(length: number): void {
    const { view } = this.arena;
    const message = this.messages - 1;
    const header = this.header(message);
    if (this.segments === 1) {
      view.setUint16(this.control(message) + CMSG.data, this.segment, true);
      view.setUint32(header + MMSGHDR.controlLength, SEGMENT_SPACE, true);
    }
    view.setUint32(header + MMSGHDR.iovLength, ++this.segments, true);
    this.total += length;
    if (length < this.segment) this.segment = 0;
  }

  private begin(family: Family, to: Endpoint, length: number, iov: number): void {
    const { view } = this.arena;
    const message = this.messages++;
    const header = this.header(message);
    writeSockaddr(view, this.names + message * SOCKADDR_SPACE, family, to);
    view.setUint32(header + MMSGHDR.nameLength, sockaddrLength(family), true);
    this.arena.setPointer(header + MMSGHDR.iov, iov);
    view.setUint32(header + MMSGHDR.iovLength, 1, true);
    this.arena.setPointer(header + MMSGHDR.control, this.control(message));
    view.setUint32(header + MMSGHDR.controlLength, 0, true);
    this.segment = length;
    this.segments = 1;
    this.total = length;
    this.a = to.a;
    this.b = to.b;
    this.c = to.c;
    this.d = to.d;
    this.port = to.port;
  }

  /** States where the last message comes from: by itself, or behind the segment size once there is one. */
  private nameSource(family: Family, from: Endpoint): void {
    this.from = from;
    if (this.segments > 2) return;
    const { view } = this.arena;
    const message = this.messages - 1;
    const header = this.header(message);
    const source = this.control(message) + SEGMENT_SPACE;
    if (this.segments === 1) {
      writePktinfo(view, source, family, from);
      this.arena.setPointer(header + MMSGHDR.control, source);
      view.setUint32(header + MMSGHDR.controlLength, pktinfoSpace(family), true);
    } else {
      this.arena.setPointer(header + MMSGHDR.control, this.control(message));
      view.setUint32(header + MMSGHDR.controlLength, SEGMENT_SPACE + pktinfoSpace(family), true);
    }
  }

  /** Offset of the copy, or -1 if it is longer than any datagram. */
  private copy(bytes: Uint8Array, offset: number, length: number): number {
    if (length > 0xffff) {
      this.counts.add('EMSGSIZE');
      return -1;
    }
    if (this.copied + length > COPY_SPACE) this.flush();
    const at = this.copies + this.copied;
    this.copied += length;
    if (length < 256) for (let i = 0; i < length; i++) this.arena.bytes[at + i] = bytes[offset + i]!;
    else this.arena.bytes.set(bytes.subarray(offset, offset + length), at);
    return at;
  }

  private header(message: number): number {
    return this.headers + message * MMSGHDR.size;
  }

  /** Where the control messages of a message are: the segment size, and SEGMENT_SPACE behind it the source. */
  private control(message: number): number {
    return this.controls + message * CONTROL_SPACE;
  }

  private lost(reason: string, message: number): void {
    const count = this.arena.view.getUint32(this.header(message) + MMSGHDR.iovLength, true);
    for (let i = 0; i < count; i++) this.counts.add(reason);
  }

  /** The kernel did not cut a message: not to this destination (its path carries less), or by no interface (EIO). */
  private refused(message: number, errno: number): void {
    this.counts.add('segmentation refused');
    if (errno === EIO) this.segmentation = false;
    else this.refusals.add(this.arena.view, this.names + message * SOCKADDR_SPACE);
  }

  /** Sends the parts of one message one by one. */
  private sendSingles(fd: number, message: number, count: number): void {
    const { view, base } = this.arena;
    const iovs = view.getUint32(this.header(message) + MMSGHDR.iov, true) - (base >>> 0);
    const first = ((iovs >>> 0) - this.iovs) / IOVEC.size;
    const sourceLength = this.from === undefined ? 0 : pktinfoSpace(this.from.family);
    for (let i = first; i < first + count; i++) {
      const single = this.singles + i * MMSGHDR.size;
      this.arena.setPointer(single + MMSGHDR.name, this.names + message * SOCKADDR_SPACE);
      view.setUint32(
        single + MMSGHDR.nameLength,
        view.getUint32(this.header(message) + MMSGHDR.nameLength, true),
        true,
      );
      this.arena.setPointer(single + MMSGHDR.control, this.control(message) + SEGMENT_SPACE);
      view.setUint32(single + MMSGHDR.controlLength, sourceLength, true);
    }
    for (let i = first, tries = 0; i < first + count;) {
      const accepted = this.libc.sendmmsg(fd, base + this.singles + i * MMSGHDR.size, first + count - i, MSG_DONTWAIT);
      if (accepted > 0) {
        i += accepted;
        tries = 0;
      } else if (++tries > 1) {
        this.counts.add(errorCode(this.libc.errno()));
        i++;
        tries = 0;
      }
    }
  }
}
