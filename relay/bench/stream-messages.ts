import type { Arena } from '../src/io/ffi/arena';

/** What one read of a socket gives at most, and a message that it ends in the middle of. */
const CAPACITY = 256 * 1024;

/** Cuts a stream into ChannelData messages, without their padding, and STUN messages. */
export class StreamMessages {
  private kept = new Uint8Array(0);

  constructor(
    private readonly arena: Arena,
    private readonly onMessage: (offset: number, length: number) => void,
    private readonly scratch = scratchOf(arena),
  ) {}

  take(chunk: Uint8Array): void {
    const { scratch } = this;
    const { bytes, view } = this.arena;
    if (this.kept.length + chunk.length > CAPACITY) throw new Error(`too much at once (got ${chunk.length} bytes)`);
    bytes.set(this.kept, scratch);
    bytes.set(chunk, scratch + this.kept.length);
    const end = scratch + this.kept.length + chunk.length;
    let at = scratch;
    while (at + 4 <= end) {
      const isChannelData = (bytes[at]! & 0xc0) !== 0;
      const length = view.getUint16(at + 2) + (isChannelData ? 4 : 20);
      const next = at + (isChannelData ? (length + 3) & ~3 : length);
      if (next > end) break;
      this.onMessage(at, length);
      at = next;
    }
    this.kept = bytes.slice(at, end);
  }
}

const scratches = new WeakMap<Arena, number>();

/** One for all connections: each leaves it before another takes it. */
function scratchOf(arena: Arena): number {
  const offset = scratches.get(arena) ?? arena.take(CAPACITY);
  scratches.set(arena, offset);
  return offset;
}
