import * as fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Prefix } from '../../../relay/src/peer/prefix';
import { block, blockAndAddress, contains, text } from './address-model';

describe('Prefix.contains', () => {
  test('agrees with arithmetic on whole numbers, in both families', () => {
    fc.assert(
      fc.property(blockAndAddress, ({ family, network, length, value }) => {
        const prefix = Prefix.parse(`${text(family, network)}/${length}`);
        expect(prefix.contains(Endpoint.of(text(family, value)))).toBe(contains(family, network, length, value));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    { prefix: '::/0', address: '10.0.0.1', contained: false },
    { prefix: '::/0', address: '::ffff:10.0.0.1', contained: false },
    { prefix: '::/0', address: '2001:db8::1', contained: true },
    { prefix: '0.0.0.0/0', address: '10.0.0.1', contained: true },
    { prefix: '0.0.0.0/0', address: '::10.0.0.1', contained: false },
    { prefix: '0.0.0.0/0', address: '::', contained: false },
    { prefix: '::ffff:10.0.0.0/104', address: '10.9.9.9', contained: true },
  ])('keeps the families apart: $address in $prefix is $contained', ({ prefix, address, contained }) => {
    expect(Prefix.parse(prefix).contains(Endpoint.of(address))).toBe(contained);
  });

  test('ignores the port', () => {
    expect(Prefix.parse('10.0.0.1').contains(Endpoint.of('10.0.0.1', 5004))).toBe(true);
  });
});

describe('Prefix text', () => {
  test('is read back as the same prefix', () => {
    fc.assert(
      fc.property(block, ({ family, network, length }) => {
        const prefix = Prefix.parse(`${text(family, network)}/${length}`);
        expect(Prefix.parse(prefix.toString())).toEqual(prefix);
      }),
    );
  });

  test.each([
    { given: '10.0.0.0/8', bits: 104, shown: '10.0.0.0/8' },
    { given: '0.0.0.0/0', bits: 96, shown: '0.0.0.0/0' },
    { given: '10.0.0.1', bits: 128, shown: '10.0.0.1' },
    { given: '10.0.0.1/32', bits: 128, shown: '10.0.0.1' },
    { given: '::ffff:10.0.0.0/104', bits: 104, shown: '10.0.0.0/8' },
    { given: '2001:DB8:0::/32', bits: 32, shown: '2001:db8::/32' },
    { given: '2001:db8::1', bits: 128, shown: '2001:db8::1' },
    { given: '::/0', bits: 0, shown: '::/0' },
  ])('$given has $bits bits and is shown as $shown', ({ given, bits, shown }) => {
    const prefix = Prefix.parse(given);
    expect(prefix.bits).toBe(bits);
    expect(prefix.toString()).toBe(shown);
  });

  test.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/08',
    '10.0.0.0/+8',
    '10.0.0.0/ 8',
    '10.0.0.0/8.0',
    '10.0.0.0/255.0.0.0',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '10.0.0/8',
    '167772160/8',
    ' 10.0.0.0/8',
    'fe80::1%eth0',
    'fe80::%eth0/64',
    '2001:db8::/3x',
    'media.example.org',
  ])('refuses %j', given => {
    expect(() => Prefix.parse(given)).toThrow(`not an address prefix (got ${given})`);
  });

  test.each([
    { given: '10.0.0.0/33', fix: '0 to 32 for IPv4; write 10.0.0.0/32 for one address' },
    { given: '2001:db8::/129', fix: '0 to 128 for IPv6; write 2001:db8::/128 for one address' },
    { given: '10.0.0.1/8', fix: 'write 10.0.0.0/8 for the block, or 10.0.0.1 for one address' },
    { given: '2001:db8::1/32', fix: 'write 2001:db8::/32 for the block, or 2001:db8::1 for one address' },
    { given: '::ffff:10.0.0.0/64', fix: 'write ::/64 for the block' },
  ])('tells the fix for $given', ({ given, fix }) => {
    expect(() => Prefix.parse(given)).toThrow(fix);
  });

  test.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.1', '10.0.0.1'],
  ])('the block around %s is %s', (given, block) => {
    expect(Prefix.parseAround(given).toString()).toBe(block);
  });

  test.each(['10.0.0.1/33', 'nonsense', '10.0.0/8'])('there is no block around %s', given => {
    expect(() => Prefix.parseAround(given)).toThrow(RangeError);
  });
});
