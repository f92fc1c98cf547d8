import { Endpoint } from '../net/endpoint';
import { arenaSize, type Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import {
  CMSG,
  EXTENDED_ERROR,
  IOVEC,
  MMSGHDR,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
} from './ffi/linux';
import { readSockaddr, SOCKADDR_SPACE, type Family } from './ffi/sockaddr';

/** Errors taken by one call. */
const COUNT = 16;
/** Room for one extended error with the address of who reported it. */
const CONTROL_SPACE = 128;
const PAYLOAD_SPACE = 64;

/** An ICMP error for what was sent to `peer`; `data` is the rest of its header, the MTU where the packet was too big. */
export type OnIcmp = (peer: Endpoint, type: number, code: number, data: number) => void;

/** Reads the error queues of sockets (IP_RECVERR): which destination an ICMP error was about, and what it says. */
export class ErrorQueue {
  private readonly headers: number;
  private readonly names: number;
  private readonly controls: number;
  private readonly peer = new Endpoint();

  static readonly space = arenaSize(
    COUNT * MMSGHDR.size,
    COUNT * IOVEC.size,
    COUNT * SOCKADDR_SPACE,
    COUNT * CONTROL_SPACE,
    PAYLOAD_SPACE,
  );

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
  ) {
    this.headers = arena.take(COUNT * MMSGHDR.size);
    const iovs = arena.take(COUNT * IOVEC.size);
    this.names = arena.take(COUNT * SOCKADDR_SPACE);
    this.controls = arena.take(COUNT * CONTROL_SPACE);
    // What was sent comes back with the error, and nobody reads it.
    const payload = arena.take(PAYLOAD_SPACE);
    for (let i = 0; i < COUNT; i++) {
      const header = this.headers + i * MMSGHDR.size;
      const iov = iovs + i * IOVEC.size;
      arena.setPointer(header + MMSGHDR.name, this.names + i * SOCKADDR_SPACE);
      arena.setPointer(header + MMSGHDR.iov, iov);
      arena.setLong(header + MMSGHDR.iovLength, 1);
      arena.setPointer(header + MMSGHDR.control, this.controls + i * CONTROL_SPACE);
      arena.setPointer(iov + IOVEC.base, payload);
      arena.setLong(iov + IOVEC.length, PAYLOAD_SPACE);
    }
  }

  /** Takes what waits in a socket's error queue, some at a time; level-triggered events bring the rest. */
  drain(fd: number, family: Family, onIcmp: OnIcmp): void {
    const { arena, headers } = this;
    const { view } = arena;
    for (let i = 0; i < COUNT; i++) {
      const header = headers + i * MMSGHDR.size;
      view.setUint32(header + MMSGHDR.nameLength, SOCKADDR_SPACE, true);
      view.setUint32(header + MMSGHDR.controlLength, CONTROL_SPACE, true);
    }
    const count = this.libc.recvmmsg(fd, arena.base + headers, COUNT, MSG_DONTWAIT | MSG_ERRQUEUE, 0);
    for (let i = 0; i < count; i++) {
      readSockaddr(view, this.names + i * SOCKADDR_SPACE, family, this.peer);
      this.report(
        this.controls + i * CONTROL_SPACE,
        view.getUint32(headers + i * MMSGHDR.size + MMSGHDR.controlLength, true),
        onIcmp,
      );
    }
  }

  private report(control: number, length: number, onIcmp: OnIcmp): void {
    const { view } = this.arena;
    if (length < CMSG.data + EXTENDED_ERROR.size) return;
    const error = control + CMSG.data;
    const origin = view.getUint8(error + EXTENDED_ERROR.origin);
    if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) return;
    const type = view.getUint8(error + EXTENDED_ERROR.type);
    const code = view.getUint8(error + EXTENDED_ERROR.code);
    onIcmp(this.peer, type, code, view.getUint32(error + EXTENDED_ERROR.info, true));
  }
}
