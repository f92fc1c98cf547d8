/** Keeps the keys that were used last: a key costs two hashes, and a client uses its own for as long as it stays. */
export class KeyCache {
  /** A Map keeps the order of insertion: the first entry is the one unused for longest. */
  private readonly keys = new Map<string, Uint8Array>();

  /** @param capacity most keys to keep. */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.keys.size;
  }

  get(name: string, derive: () => Uint8Array): Uint8Array {
    const key = this.keys.get(name) ?? derive();
    this.keys.delete(name);
    this.keys.set(name, key);
    if (this.keys.size > this.capacity) this.keys.delete(this.keys.keys().next().value!);
    return key;
  }
}
