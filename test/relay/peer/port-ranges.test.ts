import * as fc from 'fast-check';
import { PortRanges } from '../../../relay/src/peer/port-ranges';

type Range = readonly [min: number, max: number];

const range: fc.Arbitrary<Range> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
  .map(([min, span]) => [min, min + span]);
const ranges = fc.array(range, { maxLength: 8 });

const build = (list: readonly Range[]): PortRanges =>
  list.reduce((all, [min, max]) => all.union(PortRanges.of(min, max)), PortRanges.NONE);
const model = (list: readonly Range[]): Set<number> =>
  new Set(list.flatMap(([min, max]) => Array.from({ length: max - min + 1 }, (_, i) => min + i)));
const members = (set: PortRanges): Set<number> =>
  new Set(Array.from({ length: 60 }, (_, port) => port).filter(port => set.has(port)));

describe('PortRanges against a set of numbers', () => {
  test('union has what either has', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const expected = model([...left, ...right]);
        expect(members(build(left).union(build(right)))).toEqual(expected);
        expect(members(PortRanges.unionOf([...left, ...right].map(([min, max]) => PortRanges.of(min, max))))).toEqual(
          expected,
        );
      }),
    );
  });

  test('without has what the first alone has', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const expected = model(left);
        for (const port of model(right)) expected.delete(port);
        expect(members(build(left).without(build(right)))).toEqual(expected);
      }),
    );
  });

  test('one set has one text, however it was put together', () => {
    fc.assert(
      fc.property(ranges, list => {
        const ports = [...model(list)].map(port => PortRanges.of(port));
        expect(PortRanges.unionOf(ports).toString()).toBe(build(list).toString());
        expect(build(list).isEmpty).toBe(list.length === 0);
      }),
    );
  });
});

test('bounds are inclusive, from 1 to 65535', () => {
  expect([0, 1, 65535, 65536].map(port => PortRanges.ALL.has(port))).toEqual([false, true, true, false]);
  expect([19999, 20000, 40000, 40001].map(port => PortRanges.of(20000, 40000).has(port))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('operations leave their operands alone', () => {
  const left = PortRanges.of(10, 20);
  const right = PortRanges.of(15, 30);
  left.union(right);
  left.without(right);
  expect([left.toString(), right.toString()]).toEqual(['10-20', '15-30']);
});

test.each([
  { ports: PortRanges.NONE, shown: 'none' },
  { ports: PortRanges.ALL, shown: '1-65535' },
  { ports: PortRanges.of(5004), shown: '5004' },
  { ports: PortRanges.of(20000, 40000).union(PortRanges.of(5004)), shown: '5004, 20000-40000' },
  { ports: PortRanges.of(10, 20).union(PortRanges.of(21, 30)), shown: '10-30' },
])('is shown as $shown', ({ ports, shown }) => {
  expect(ports.toString()).toBe(shown);
});

test.each([
  { min: 0, max: 10, error: 'port out of range (got 0): 1 to 65535' },
  { min: 1, max: 65536, error: 'port out of range (got 65536): 1 to 65535' },
  { min: 1.5, max: 2, error: 'port out of range (got 1.5): 1 to 65535' },
  { min: NaN, max: 2, error: 'port out of range (got NaN): 1 to 65535' },
  { min: 20, max: 10, error: 'port range is reversed (got 20-10): lower bound first; write 10-20' },
])('refuses $min to $max', ({ min, max, error }) => {
  expect(() => PortRanges.of(min, max)).toThrow(error);
});
