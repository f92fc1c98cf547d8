import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';

const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const port = fc.integer({ min: 0, max: 0xffff });

describe('Endpoint reads an address and prints its canonical text (RFC 5952)', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::192.0.2.1', '::c000:201'],
  ])('%s is %s', (text, canonical) => {
    expect(Endpoint.of(text).address).toBe(canonical);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1:3478'],
    ['2001:db8::1', '[2001:db8::1]:3478'],
  ])('%s with a port is %s', (address, text) => {
    expect(Endpoint.of(address, 3478).toString()).toBe(text);
  });

  test('any address comes back from its text', () => {
    fc.assert(
      fc.property(word, word, word, word, port, (a, b, c, d, port) => {
        const endpoint = new Endpoint().setWords(a, b, c, d, port);
        expect(Endpoint.of(endpoint.address, port)).toEqual(endpoint);
      }),
    );
  });

  test('any run of zero groups comes back from its text', () => {
    const group = fc.constantFrom(0, 0, 1, 0xffff);
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
        const full = groups.map(g => g.toString(16)).join(':');
        const endpoint = Endpoint.of(full);
        expect(Endpoint.of(endpoint.address)).toEqual(endpoint);
        // The URL parser compresses by the same rule.
        if (!endpoint.isIpv4) expect(`[${endpoint.address}]`).toBe(new URL(`http://[${full}]`).hostname);
      }),
    );
  });
});

describe('Endpoint knows one representation of a host only', () => {
  test.each(['::ffff:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:FFFF:192.0.2.1'])('%s is the IPv4 address', text => {
    const mapped = Endpoint.of(text, 7);
    expect(mapped.equals(Endpoint.of('192.0.2.1', 7))).toBe(true);
    expect(mapped.family).toBe(4);
    expect(mapped.address).toBe('192.0.2.1');
  });

  test('IPv4-compatible and IPv4-mapped addresses are different hosts', () => {
    expect(Endpoint.of('::192.0.2.1').sameAddress(Endpoint.of('192.0.2.1'))).toBe(false);
    expect(Endpoint.of('::192.0.2.1').family).toBe(6);
  });

  test.each([
    ['0.0.0.0', true],
    ['::', true],
    ['::ffff:0.0.0.0', true],
    ['0.0.0.1', false],
    ['::1', false],
    ['1::', false],
  ])('%s unspecified: %s', (text, unspecified) => {
    expect(Endpoint.of(text).isUnspecified).toBe(unspecified);
  });

  test('the port tells endpoints apart, not addresses', () => {
    const [one, other] = [Endpoint.of('192.0.2.1', 1), Endpoint.of('192.0.2.1', 2)];
    expect(one.sameAddress(other)).toBe(true);
    expect(one.equals(other)).toBe(false);
  });

  test('a clone stays when its origin is used again', () => {
    const scratch = Endpoint.of('192.0.2.1', 1);
    const kept = scratch.clone();
    scratch.setAddress('2001:db8::1', 2);
    expect(kept.toString()).toBe('192.0.2.1:1');
  });
});

describe('Endpoint refuses what is no transport address', () => {
  test.each([
    '',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '192.0.02.1',
    '1:2:3',
    ':::',
    'fe80::1%eth0',
    '[::1]',
    '1.2.3.4:5',
  ])('address %j', text => {
    expect(() => Endpoint.of(text)).toThrow(RangeError);
  });

  test.each([-1, 65536, 1.5, NaN])('port %d', value => {
    expect(() => Endpoint.of('192.0.2.1', value)).toThrow(RangeError);
  });
});
