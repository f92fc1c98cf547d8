/** Keeps the values that were used last. */
export class Recent<V> {
  /** A Map keeps the order of insertion: the first entry is the one unused for longest. */
  private readonly values = new Map<string, V>();

  /** @param capacity most values to keep. */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.values.size;
  }

  get(name: string): V | undefined {
    const value = this.values.get(name);
    if (value !== undefined) this.set(name, value);
    return value;
  }

  set(name: string, value: V): void {
    this.values.delete(name);
    this.values.set(name, value);
    if (this.values.size > this.capacity) this.values.delete(this.values.keys().next().value!);
  }
}
