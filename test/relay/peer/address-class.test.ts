import * as fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { describeNeverAllowed, neverAllowed, NEVER_ALLOWED_RANGES } from '../../../relay/src/peer/address-class';
import { PeerPolicy } from '../../../relay/src/peer/peer-policy';
import { ipv4, isMapped, ones, text } from './address-model';
import { AMBIGUOUS_ENCODINGS, ENCODINGS } from './encodings';

/** Written down apart from the code: a range lost there is missed here. */
const IPV4_RANGES = [
  { name: 'unspecified', first: '0.0.0.0', length: 8 },
  { name: 'loopback', first: '127.0.0.0', length: 8 },
  { name: 'link-local', first: '169.254.0.0', length: 16 },
  { name: 'link-local (cloud metadata)', first: '169.254.169.254', length: 32 },
  { name: 'multicast', first: '224.0.0.0', length: 4 },
  { name: 'reserved', first: '240.0.0.0', length: 4 },
  { name: 'broadcast', first: '255.255.255.255', length: 32 },
  { name: 'cloud metadata', first: '168.63.129.16', length: 32 },
  { name: 'cloud metadata', first: '100.100.100.200', length: 32 },
  { name: 'cloud metadata', first: '192.0.0.192', length: 32 },
];
const IPV6_RANGES = [
  { name: 'unspecified', first: 0n, length: 128 },
  { name: 'loopback', first: 1n, length: 128 },
  { name: 'link-local', first: 0xfe80n << 112n, length: 10 },
  { name: 'multicast', first: 0xff00n << 112n, length: 8 },
  { name: 'cloud metadata', first: 0xfd00_0ec2n << 96n, length: 32 },
  { name: 'cloud metadata', first: (0xfd20_00cen << 96n) | 0x254n, length: 128 },
  { name: 'cloud metadata', first: (0xfd00_00c1n << 96n) | 0xa9fe_a9fen, length: 128 },
  { name: 'cloud metadata', first: (0xfd00_0042n << 96n) | 0x42n, length: 128 },
];

/** A policy whose route opens every address of both families: what it denies, no route opens. */
const openEverything = PeerPolicy.compile({ name: 'acme/edge/udp', routes: ['acme/all'] }, [
  {
    name: 'acme/all',
    namespace: 'acme',
    protocol: 'udp',
    peers: ['0.0.0.0/0', '::/0'].map(prefix => ({ prefix, minPort: 1, maxPort: 65535 })),
  },
]);

function expectDenied(address: string): void {
  const decision = openEverything.authorizePeer({ kind: 'gateway' }, Endpoint.of(address));
  expect({ address, decision }).toMatchObject({ decision: { allowed: false, reason: 'never-allowed-range' } });
}

function expectAllowed(address: string): void {
  const decision = openEverything.authorizePeer({ kind: 'gateway' }, Endpoint.of(address));
  expect({ address, decision }).toMatchObject({ decision: { allowed: true } });
}

/** First, last and random addresses of a range. */
const within = (width: number, first: bigint, length: number): fc.Arbitrary<bigint> => {
  const max = ones(width - length);
  return fc.oneof(fc.constantFrom(0n, max), fc.bigInt({ min: 0n, max })).map(offset => first | offset);
};

describe('never-allowed ranges that a route over everything does not open', () => {
  describe.each(IPV4_RANGES)('$name $first/$length', ({ first, length }) => {
    const addresses = within(32, ipv4(first), length);

    test('plain', () => {
      fc.assert(fc.property(addresses, value => expectDenied(text(4, value))));
    });

    test.each(Object.entries(ENCODINGS))('as %s', (_, encode) => {
      fc.assert(fc.property(addresses, value => expectDenied(encode(value))));
    });
  });

  // Without 0.0.0.0/8: in these layouts zeros in front are the padding of another one.
  describe.each(IPV4_RANGES.filter(({ name }) => name !== 'unspecified'))('$name $first/$length', range => {
    test.each(Object.entries(AMBIGUOUS_ENCODINGS))('as %s', (_, encode) => {
      const addresses = within(32, ipv4(range.first), range.length);
      fc.assert(fc.property(addresses, value => expectDenied(encode(value))));
    });
  });

  test.each(IPV6_RANGES)('$name, IPv6 length $length', ({ first, length }) => {
    fc.assert(fc.property(within(128, first, length), value => expectDenied(text(6, value))));
  });
});

describe('what a route may open', () => {
  const openable = ['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '198.18.0.1', '192.0.2.1', '8.8.200.200'];

  test.each([...openable, 'fd12::1', '2001:db8::1', '2606:4700::1111', 'fec0::1'])('%s', address => {
    expectAllowed(address);
  });

  test.each([
    '1.0.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '168.63.129.17',
    '::ffff:1.0.0.0',
    'fe7f:ffff::1',
    'fec0::',
    'feff:ffff::1',
    'fd00:ec1:ffff::1',
    'fd00:ec3::',
  ])('%s, next to a never-allowed range', address => {
    expectAllowed(address);
  });

  test.each(Object.entries({ ...ENCODINGS, ...AMBIGUOUS_ENCODINGS }))('IPv4 addresses as %s', (_, encode) => {
    for (const address of openable) expectAllowed(encode(ipv4(address)));
  });

  test('is every IPv6 address outside the ranges and embeddings', () => {
    const ordinary = fc
      .bigInt({ min: 0x2a00n << 112n, max: (0x2b00n << 112n) - 1n })
      .filter(value => ((value >> 32n) & 0xfdff_ffffn) !== 0x5efen && !isMapped(6, value));
    fc.assert(fc.property(ordinary, value => expectAllowed(text(6, value))));
  });
});

describe('neverAllowed', () => {
  test.each([
    { address: '169.254.169.254', name: 'link-local (cloud metadata)', prefix: '169.254.169.254', bits: 128 },
    { address: '169.254.1.1', name: 'link-local', prefix: '169.254.0.0/16', bits: 112 },
    { address: '::1', name: 'loopback', prefix: '::1', bits: 128 },
    { address: '::127.0.0.1', name: 'loopback', prefix: '127.0.0.0/8', bits: 104 },
    { address: '2002:7f00:1::1', name: 'loopback', prefix: '127.0.0.0/8', bits: 24 },
    { address: '64:ff9b:1:7f00:0:100::', name: 'loopback', prefix: '127.0.0.0/8', bits: 56 },
    { address: '64:ff9b:1:a9:fe:a9fe::', name: 'link-local (cloud metadata)', prefix: '169.254.169.254', bits: 96 },
  ])('names the longest range of $address: $prefix, $bits bits of the address', ({ address, name, prefix, bits }) => {
    const match = neverAllowed(Endpoint.of(address))!;
    expect({ name: match.range.name, prefix: match.range.prefix.toString(), bits: match.bits }).toEqual({
      name,
      prefix,
      bits,
    });
  });

  test('is undefined for what a route may open', () => {
    expect(neverAllowed(Endpoint.of('10.0.0.1', 5004))).toBeUndefined();
  });

  test('every range tells where it is defined', () => {
    for (const { clause } of NEVER_ALLOWED_RANGES) expect(clause).toMatch(/^(RFC \d+ [\d.]+|[A-Z][\w ]+)$/);
  });

  test.each([
    { address: '127.0.0.1', said: '127.0.0.1 is loopback' },
    { address: '::ffff:127.0.0.1', said: '127.0.0.1 is loopback' },
    {
      address: '64:ff9b::a9fe:a9fe',
      said: '64:ff9b::a9fe:a9fe is NAT64 for 169.254.169.254, which is link-local (cloud metadata)',
    },
    {
      address: '2001:0:808:808::80ff:fffe',
      said: '2001:0:808:808::80ff:fffe is Teredo (client) for 127.0.0.1, which is loopback',
    },
  ])('is told as "$said"', ({ address, said }) => {
    const endpoint = Endpoint.of(address);
    expect(describeNeverAllowed(endpoint, neverAllowed(endpoint)!)).toBe(said);
  });
});
