const SHARDS = 256;

type Shard<T> = ReadonlyMap<string, readonly T[]>;

/** Values by key, several to a key. It never changes: one made from it copies the few shards in which it differs. */
export class ShardedMap<T> {
  private constructor(
    private readonly shards: readonly (Shard<T> | undefined)[] = [],
    private readonly size = 0,
  ) {}

  static empty<T>(): ShardedMap<T> {
    return new ShardedMap();
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  at(key: string): readonly T[] {
    return this.shards[shardOf(key)]?.get(key) ?? [];
  }

  with(gone: readonly T[], come: readonly T[], keyOf: (value: T) => string): ShardedMap<T> {
    const shards: (Map<string, readonly T[]> | Shard<T> | undefined)[] = [...this.shards];
    const own = new Map<number, Map<string, readonly T[]>>();
    let { size } = this;
    const change = (value: T, changed: (values: readonly T[]) => readonly T[]): void => {
      const key = keyOf(value);
      const place = shardOf(key);
      let shard = own.get(place);
      if (shard === undefined) {
        shard = new Map(shards[place]);
        own.set(place, shard);
        shards[place] = shard;
      }
      const before = shard.get(key) ?? [];
      const after = changed(before);
      size += after.length - before.length;
      if (after.length === 0) shard.delete(key);
      else shard.set(key, after);
    };
    for (const value of gone) change(value, values => values.filter(each => each !== value));
    for (const value of come) change(value, values => [...values, value]);
    return new ShardedMap(shards, size);
  }
}

function shardOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SHARDS - 1);
}
