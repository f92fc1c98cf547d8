import type { Endpoint } from './endpoint';

/** Words of a key: tag, four address words, port. */
const STRIDE = 6;
const MIN_CAPACITY = 16;
const MAX_LOAD = 0.7;
/** A quarter of the highest load, so that a table just halved is far from growing again. */
const MIN_LOAD = MAX_LOAD / 4;

/**
 * A map from (tag, transport address) to a value, which is anything but undefined. The tag tells apart what shares an
 * address, such as the sockets of a server.
 *
 * Open addressing with linear probing over one array of integers: a look-up allocates nothing. Clients choose their own
 * addresses, so the hash is keyed, or they could make them collide.
 */
export class EndpointMap<V> {
  private capacity = MIN_CAPACITY;
  private count = 0;
  private keys = new Int32Array(MIN_CAPACITY * STRIDE);
  /** A slot without value is free. */
  private slots: (V | undefined)[] = new Array<V | undefined>(MIN_CAPACITY).fill(undefined);
  private readonly probe = new Int32Array(STRIDE);

  /** @param seed 32 secret random bits. */
  constructor(private readonly seed: number) {}

  get size(): number {
    return this.count;
  }

  /** @param tag any 32-bit integer. */
  get(tag: number, endpoint: Endpoint): V | undefined {
    return this.slots[this.find(tag, endpoint)];
  }

  set(tag: number, endpoint: Endpoint, value: V): this {
    const slot = this.find(tag, endpoint);
    const isNew = this.slots[slot] === undefined;
    this.slots[slot] = value;
    if (isNew) {
      this.keys.set(this.probe, slot * STRIDE);
      this.count++;
      if (this.count > this.capacity * MAX_LOAD) this.resize(this.capacity * 2);
    }
    return this;
  }

  /** Whether there was such a key. */
  delete(tag: number, endpoint: Endpoint): boolean {
    const slot = this.find(tag, endpoint);
    if (this.slots[slot] === undefined) return false;
    this.vacate(slot);
    this.count--;
    if (this.capacity > MIN_CAPACITY && this.count < this.capacity * MIN_LOAD) this.resize(this.capacity / 2);
    return true;
  }

  /** Every value once, in no order. The map must not be changed meanwhile. */
  *values(): IterableIterator<V> {
    for (const value of this.slots) {
      if (value !== undefined) yield value;
    }
  }

  /** The slot of this key, or the free slot where it would go. */
  private find(tag: number, endpoint: Endpoint): number {
    const { keys, probe } = this;
    probe[0] = tag;
    probe[1] = endpoint.a;
    probe[2] = endpoint.b;
    probe[3] = endpoint.c;
    probe[4] = endpoint.d;
    probe[5] = endpoint.port;
    let slot = this.home(probe, 0);
    while (this.slots[slot] !== undefined && !sameKey(keys, slot * STRIDE, probe)) slot = this.after(slot);
    return slot;
  }

  /** Empties a slot and moves up what probed past it, so that no probe ever ends too early. */
  private vacate(slot: number): void {
    let gap = slot;
    for (let next = this.after(gap); this.slots[next] !== undefined; next = this.after(next)) {
      const home = this.home(this.keys, next * STRIDE);
      if (this.distance(home, next) < this.distance(gap, next)) continue;
      this.keys.copyWithin(gap * STRIDE, next * STRIDE, (next + 1) * STRIDE);
      this.slots[gap] = this.slots[next];
      gap = next;
    }
    this.slots[gap] = undefined;
  }

  private resize(capacity: number): void {
    const { keys, slots } = this;
    this.capacity = capacity;
    this.keys = new Int32Array(capacity * STRIDE);
    this.slots = new Array<V | undefined>(capacity).fill(undefined);
    slots.forEach((value, from) => {
      if (value === undefined) return;
      let slot = this.home(keys, from * STRIDE);
      while (this.slots[slot] !== undefined) slot = this.after(slot);
      this.keys.set(keys.subarray(from * STRIDE, (from + 1) * STRIDE), slot * STRIDE);
      this.slots[slot] = value;
    });
  }

  private home(words: Int32Array, at: number): number {
    return halfSipHash(words, at, this.seed) & (this.capacity - 1);
  }

  private after(slot: number): number {
    return (slot + 1) & (this.capacity - 1);
  }

  private distance(from: number, to: number): number {
    return (to - from) & (this.capacity - 1);
  }
}

function sameKey(keys: Int32Array, at: number, probe: Int32Array): boolean {
  for (let i = 0; i < STRIDE; i++) {
    if (keys[at + i] !== probe[i]) return false;
  }
  return true;
}

/**
 * HalfSipHash-1-3 of one key, whose length never varies: one round for each word, three to finish. Unlike a multiply-and-rotate hash it has no
 * collisions that hold for every seed.
 */
function halfSipHash(words: Int32Array, at: number, seed: number): number {
  let v0 = seed;
  let v1 = ~seed;
  let v2 = 0x6c796765 ^ seed;
  let v3 = 0x74656462 ^ ~seed;
  for (let i = 0; i < STRIDE + 3; i++) {
    const word = i < STRIDE ? words[at + i]! : 0;
    if (i === STRIDE) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
