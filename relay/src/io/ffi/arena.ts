import type { Libc } from './libc';
import type { Memory } from './low-memory';

/** Regions start at cache lines. */
const LINE = 64;

/**
 * All memory that the kernel is told of: one buffer that is never moved or given back while sockets use it. Regions are
 * handed out in order, and offsets count from the start of the arena.
 */
export class Arena {
  readonly bytes: Uint8Array;
  /** Byte order is stated at each access: network order in addresses, the machine's (little-endian) in structures. */
  readonly view: DataView;
  /** Where the arena is; `base + offset` is what the kernel is told. */
  readonly base: number;
  /** `base` as two words, and the offset from which on the upper one is more. */
  private readonly lowWord: number;
  private readonly highWord: number;
  private readonly carryAt: number;
  private used = 0;

  /** @param memory zeroes that are mapped for as long as the arena is used. @default memory of its own */
  constructor(libc: Libc, size: number, memory?: Memory) {
    if (memory !== undefined && memory.size < size) {
      throw new RangeError(`memory is too small (got ${memory.size} bytes): an arena of ${size}`);
    }
    const buffer = memory === undefined ? new ArrayBuffer(size) : libc.view(memory.address, size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.base = libc.address(this.bytes);
    this.lowWord = this.base | 0;
    this.highWord = Math.floor(this.base / 2 ** 32);
    this.carryAt = 2 ** 32 - (this.base >>> 0);
  }

  /** Offset of a new region. @throws RangeError if the arena is too small, which its owner has got wrong. */
  take(size: number): number {
    const offset = this.used;
    if (offset + size > this.bytes.length) {
      throw new RangeError(`arena is full (got ${size} more bytes): ${this.bytes.length} in all`);
    }
    this.used = Math.ceil((offset + size) / LINE) * LINE;
    return offset;
  }

  /** Writes the address of a byte of the arena. */
  setPointer(at: number, offset: number): void {
    this.view.setInt32(at, (this.lowWord + offset) | 0, true);
    this.view.setInt32(at + 4, offset < this.carryAt ? this.highWord : this.highWord + 1, true);
  }

  /** A 64-bit integer of the machine, up to 2^53. */
  setLong(at: number, value: number): void {
    this.view.setUint32(at, value >>> 0, true);
    this.view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

/** Bytes that so many regions of these sizes take at most. */
export function arenaSize(...regions: readonly number[]): number {
  return regions.reduce((sum, region) => sum + Math.ceil(region / LINE) * LINE, 0);
}
