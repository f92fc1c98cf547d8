import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { EndpointMap } from '../../../relay/src/net/endpoint-map';

/** Few keys, so that they meet again; one family only differs in each of the six words. */
const key = fc.record({
  tag: fc.constantFrom(0, 1, -1, 70_000),
  endpoint: fc
    .tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1), fc.constantFrom(0, 0xffff), fc.nat(3), fc.nat(2))
    .map(words => new Endpoint().setWords(...words)),
});
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('set' as const), key, value: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('delete' as const), key, value: fc.constant(0) }) },
);
const name = (k: { tag: number; endpoint: Endpoint }): string => `${k.tag} ${Object.values(k.endpoint).join(' ')}`;

describe('EndpointMap', () => {
  test('does what a Map keyed by text does, under any seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(command, { maxLength: 300 }), (seed, commands) => {
        const map = new EndpointMap<number>(seed);
        const model = new Map<string, number>();
        for (const { verb, key, value } of commands) {
          if (verb === 'set') {
            map.set(key.tag, key.endpoint, value);
            model.set(name(key), value);
          } else {
            expect(map.delete(key.tag, key.endpoint)).toBe(model.delete(name(key)));
          }
          expect(map.get(key.tag, key.endpoint)).toBe(model.get(name(key)));
          expect(map.size).toBe(model.size);
        }
        for (const { key } of commands) expect(map.get(key.tag, key.endpoint)).toBe(model.get(name(key)));
        expect([...map.values()].sort()).toEqual([...model.values()].sort());
      }),
      { numRuns: 200 },
    );
  });

  test('keeps every key while it grows and shrinks', () => {
    // GIVEN
    const map = new EndpointMap<number>(1);
    const endpoint = (i: number): Endpoint => new Endpoint().setIpv4(0x0a000000 + i, 1000 + (i % 7));
    const count = 20_000;
    // WHEN
    for (let i = 0; i < count; i++) map.set(3, endpoint(i), i);
    // THEN
    expect(map.size).toBe(count);
    for (let i = 0; i < count; i++) expect(map.get(3, endpoint(i))).toBe(i);
    // WHEN
    for (let i = 0; i < count - 5; i++) expect(map.delete(3, endpoint(i))).toBe(true);
    // THEN
    expect([...map.values()].sort()).toEqual([19995, 19996, 19997, 19998, 19999]);
    for (let i = 0; i < count; i++) expect(map.get(3, endpoint(i))).toBe(i < count - 5 ? undefined : i);
  });

  test('takes a falsy value for a value', () => {
    const map = new EndpointMap<number | string | boolean>(1);
    for (const value of [0, '', false]) {
      map.set(0, new Endpoint(), value);
      expect(map.get(0, new Endpoint())).toBe(value);
    }
    expect(map.size).toBe(1);
  });

  test('copies the key: a scratch endpoint may be used again', () => {
    const map = new EndpointMap<string>(1);
    const scratch = Endpoint.of('192.0.2.1', 1);
    map.set(0, scratch, 'kept');
    scratch.setAddress('192.0.2.2', 1);
    expect(map.get(0, scratch)).toBeUndefined();
    expect(map.get(0, Endpoint.of('192.0.2.1', 1))).toBe('kept');
  });
});
