import { KeyCache } from '../../../relay/src/auth/key-cache';

describe('KeyCache', () => {
  const derived: string[] = [];
  const get = (cache: KeyCache, name: string): string =>
    Buffer.from(
      cache.get(name, () => {
        derived.push(name);
        return Buffer.from(name);
      }),
    ).toString();

  beforeEach(() => derived.splice(0));

  test('derives a key once', () => {
    const cache = new KeyCache(2);
    expect([get(cache, 'a'), get(cache, 'a')]).toEqual(['a', 'a']);
    expect(derived).toEqual(['a']);
  });

  test('never holds more than its capacity, and forgets what was unused for longest', () => {
    const cache = new KeyCache(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(cache, name)).toBe(name);
    expect(derived).toEqual(['a', 'b', 'c', 'b']);
    for (let i = 0; i < 100; i++) get(cache, `n${i}`);
    expect(cache.size).toBe(2);
  });
});
