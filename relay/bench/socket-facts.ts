import type { Arena } from '../src/io/ffi/arena';
import { systemError, type Libc } from '../src/io/ffi/libc';
import { CMSG, SOL_SOCKET } from '../src/io/ffi/linux';

const SO_TIMESTAMPNS = 35;
const SO_MEMINFO = 55;
/** What SO_MEMINFO tells: nine counters of 32 bits, the last one the datagrams that there was no room for. */
const MEMINFO = { size: 36, drops: 32 } as const;
/** Bytes of a control message that holds a `struct timespec`. */
const TIMESTAMP_LENGTH = CMSG.data + 16;
/** So often the two clocks are read together. */
const TRIES = 40;

/** What the kernel knows of sockets and their datagrams, and tells on request. */
export class SocketFacts {
  private readonly scratch: number;
  /** Milliseconds from `performance.now()` to the kernel's time of day. */
  private readonly offset = Math.max(...Array.from({ length: TRIES }, timeOfDay));

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
  ) {
    this.scratch = arena.take(64);
  }

  /** Has the socket's datagrams say when they arrived. */
  tellArrival(fd: number): void {
    const { libc, arena, scratch } = this;
    arena.view.setInt32(scratch, 1, true);
    if (libc.setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, arena.base + scratch, 4) < 0)
      throw systemError(libc, 'setsockopt');
  }

  /** When a datagram arrived, as `performance.now()` would have said; undefined if its control message does not tell. */
  arrival(control: number, length: number): number | undefined {
    const { view } = this.arena;
    if (length < TIMESTAMP_LENGTH || view.getInt32(control + CMSG.type, true) !== SO_TIMESTAMPNS) return undefined;
    const seconds = view.getUint32(control + CMSG.data, true);
    return seconds * 1000 - this.offset + view.getUint32(control + CMSG.data + 8, true) / 1e6;
  }

  /** Datagrams that the socket has had no room for. */
  drops(fd: number): number {
    const { libc, arena, scratch } = this;
    arena.view.setUint32(scratch + MEMINFO.size, MEMINFO.size, true);
    const [value, length] = [arena.base + scratch, arena.base + scratch + MEMINFO.size];
    if (libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, value, length) < 0) throw systemError(libc, 'getsockopt');
    return arena.view.getUint32(scratch + MEMINFO.drops, true);
  }
}

/** Looks at both clocks in the moment in which a new millisecond begins; too little if it was interrupted there. */
function timeOfDay(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}
