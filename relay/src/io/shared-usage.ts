import { createHmac, randomBytes } from 'node:crypto';
import { Recent } from '../auth/recent';
import type { UsageElsewhere } from '../turn/usage';

/** Words of an entry: 64 bits that stand for the key, and how many it has. Without any, the slot is free. */
const ENTRY = 3;
/** An entry for its user and one for its source, in a table that is half full at most. */
const SLOTS_PER_ALLOCATION = 4;
/** Looks at a table that is being changed, which takes less than a microsecond unless the thread is suspended meanwhile. */
const LOOKS = 1000;
/** Milliseconds that a suspended thread is waited for: longer than any turn of others on its CPU, and then it has died. */
const PATIENCE = 100;
/** Keys whose digest is remembered: an allocation asks for each of its own several times. */
const REMEMBERED_KEYS = 4096;

/** What all threads share to count together. */
export interface UsageMemory {
  /** A table for each thread, one behind the other. */
  readonly tables: SharedArrayBuffer;
  readonly slots: number;
  /** Secret: nobody chooses names or addresses that fall together. */
  readonly key: Uint8Array;
}

/** @param allocations that one thread may have */
export function usageMemory(threads: number, allocations: number): UsageMemory {
  const slots = 2 ** Math.ceil(Math.log2(SLOTS_PER_ALLOCATION * allocations + 2));
  const words = threads * tableWords(slots);
  return {
    tables: new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT),
    slots,
    key: Uint8Array.from(randomBytes(32)),
  };
}

/**
 * How many allocations users and sources have in each thread. A thread writes its own table and reads the others': no
 * locks. The first word of a table is odd while it is being changed; who reads looks again if it was, or is another
 * afterwards. Stores and loads keep one order for all threads, so who has published a count is seen by whoever looks later.
 */
export class SharedUsage implements UsageElsewhere {
  private readonly words: Int32Array;
  private readonly tables: readonly number[];
  private readonly own: number;
  private readonly mask: number;
  private readonly keyBytes: Uint8Array;
  /** Entries in the own table. */
  private used = 0;
  private readonly digests = new Recent<Buffer>(REMEMBERED_KEYS);
  /** The 64 bits of the last key. */
  private high = 0;
  private low = 0;

  /** @param thread number of this thread's table */
  constructor({ tables, slots, key }: UsageMemory, thread: number) {
    this.words = new Int32Array(tables);
    this.mask = slots - 1;
    this.keyBytes = key;
    const count = this.words.length / tableWords(slots);
    this.tables = Array.from({ length: count }, (_, i) => i * tableWords(slots));
    this.own = this.tables[thread]!;
  }

  publish(key: string, count: number): void {
    this.setKey(key);
    const { words, own } = this;
    const slot = this.find(own);
    const isNew = this.count(own, slot) === 0;
    if (isNew && count === 0) return;
    if (isNew && this.used === this.mask) return;
    if (isNew) this.used++;
    else if (count === 0) this.used--;
    Atomics.add(words, own, 1);
    if (count === 0) this.vacate(slot);
    else this.write(slot, this.high, this.low, count);
    Atomics.add(words, own, 1);
  }

  others(key: string): number {
    this.setKey(key);
    let sum = 0;
    for (const table of this.tables) if (table !== this.own) sum += this.look(table);
    return sum;
  }

  /** A thread has ended, and what it had with it. To be called before another takes its table. */
  clear(thread: number): void {
    const table = this.tables[thread]!;
    this.words.fill(0, table, table + tableWords(this.mask + 1));
  }

  private look(table: number): number {
    const { words } = this;
    for (let look = 1; ; look++) {
      const before = Atomics.load(words, table);
      const count = this.count(table, this.find(table));
      if (((before & 1) === 0 && Atomics.load(words, table) === before) || look >= LOOKS + PATIENCE) return count;
      if (look >= LOOKS) Atomics.wait(words, table, before, 1);
    }
  }

  /** The slot that the key has in a table, or would have. There is always a free one. */
  private find(table: number): number {
    const { words, high, low, mask } = this;
    let slot = low & mask;
    for (let probes = 0; probes < mask && this.count(table, slot) !== 0; probes++) {
      const entry = table + 1 + slot * ENTRY;
      if (Atomics.load(words, entry) === high && Atomics.load(words, entry + 1) === low) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private count(table: number, slot: number): number {
    return Atomics.load(this.words, table + 1 + slot * ENTRY + 2);
  }

  private write(slot: number, high: number, low: number, count: number): void {
    const entry = this.own + 1 + slot * ENTRY;
    Atomics.store(this.words, entry, high);
    Atomics.store(this.words, entry + 1, low);
    Atomics.store(this.words, entry + 2, count);
  }

  /** Frees a slot; entries behind it that would no longer be found move up. */
  private vacate(hole: number): void {
    const { words, own, mask } = this;
    for (let slot = (hole + 1) & mask; this.count(own, slot) !== 0; slot = (slot + 1) & mask) {
      const entry = own + 1 + slot * ENTRY;
      const low = words[entry + 1]!;
      const isPastHole = ((slot - low) & mask) >= ((slot - hole) & mask);
      if (!isPastHole) continue;
      this.write(hole, words[entry]!, low, words[entry + 2]!);
      hole = slot;
    }
    this.write(hole, 0, 0, 0);
  }

  private setKey(key: string): void {
    let digest = this.digests.get(key);
    if (digest === undefined) {
      digest = createHmac('sha256', this.keyBytes).update(key).digest();
      this.digests.set(key, digest);
    }
    this.high = digest.readInt32LE(0);
    this.low = digest.readInt32LE(4);
  }
}

function tableWords(slots: number): number {
  return 1 + slots * ENTRY;
}
