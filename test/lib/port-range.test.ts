import { PortRange } from 'cdk8s-stunner';
import fc from 'fast-check';

test('a range holds its bounds', () => {
  const range = PortRange.of(20000, 40000);
  expect([range.first, range.last, String(range), range.isAny]).toEqual([20000, 40000, '20000-40000', false]);
});

test('a single port is a range of one', () => {
  expect(String(PortRange.single(5000))).toBe('5000-5000');
});

test('any port is every port', () => {
  expect([PortRange.any().isAny, PortRange.of(1, 65535).isAny]).toEqual([true, true]);
});

test.each([
  [0, 10, 'port is out of range (got 0): a whole number from 1 to 65535; correct the port'],
  [1, 65536, 'port is out of range (got 65536): a whole number from 1 to 65535; correct the port'],
  [1.5, 10, 'port is out of range (got 1.5): a whole number from 1 to 65535; correct the port'],
  [NaN, 10, 'port is out of range (got NaN): a whole number from 1 to 65535; correct the port'],
  [
    40000,
    20000,
    'port range runs backwards (got "40000-20000"): the last port is at least the first; write PortRange.of(20000, 40000)',
  ],
])('%s to %s is refused', (first, last, message) => {
  expect(() => PortRange.of(first, last)).toThrow(new Error(message));
});

test('every pair of ports in order is a range, and no pair out of order', () => {
  const port = fc.integer({ min: 1, max: 65535 });
  fc.assert(
    fc.property(port, port, (a, b) => {
      if (a <= b) expect(String(PortRange.of(a, b))).toBe(`${a}-${b}`);
      else expect(() => PortRange.of(a, b)).toThrow('runs backwards');
    }),
  );
});
