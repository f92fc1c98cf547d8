import { BlockList, isIPv6 } from 'node:net';
import { MediaBackend, PortRange } from 'cdk8s-stunner';
import fc from 'fast-check';
import { forbiddenIn, isPrefix } from '../../lib/private/prefixes';

const ports = PortRange.of(20000, 40000);

test('a Service backend holds what it was given', () => {
  const backend = MediaBackend.service('janus-media', { ports, namespace: 'media' });
  expect(backend).toMatchObject({ name: 'janus-media', namespace: 'media', ports, prefixes: [], isStatic: false });
});

test('a static backend holds what it was given', () => {
  const backend = MediaBackend.staticPrefixes(['192.0.2.0/24', '2001:db8::/64'], { ports, name: 'sfu' });
  expect(backend).toMatchObject({ name: 'sfu', prefixes: ['192.0.2.0/24', '2001:db8::/64'], isStatic: true });
});

test.each([
  ['0.0.0.0/0', '0.0.0.0/8 (the unspecified network)'],
  ['127.0.0.1', '127.0.0.0/8 (loopback)'],
  ['169.254.169.254', '169.254.0.0/16 (link-local and the cloud metadata service)'],
  ['100.64.0.0/10', '100.100.100.200/32 (a cloud metadata service)'],
  ['239.1.1.1', '224.0.0.0/3 (multicast and reserved addresses)'],
  ['::/0', '::/96 (the unspecified address and loopback)'],
  ['::1', '::/96 (the unspecified address and loopback)'],
  ['::ffff:10.0.0.1', '::ffff:0:0/96 (IPv4 in IPv6 disguise)'],
  ['64:ff9b::a00:1', '64:ff9b::/96 (IPv4 behind NAT64)'],
  ['2002:a00:1::/48', '2002::/16 (IPv4 behind 6to4)'],
  ['fd00:ec2::254', 'fd00:ec2::/32 (a cloud metadata service)'],
  ['fe80::1', 'fe80::/10 (link-local)'],
])('prefix %s is refused, for it touches a network without media servers', (prefix, forbidden) => {
  const message = `static prefix covers a forbidden network (got "${prefix}"): nothing that overlaps ${forbidden}; name only the media servers`;
  expect(() => MediaBackend.staticPrefixes([prefix], { ports })).toThrow(new Error(message));
});

test.each([
  '',
  'localhost',
  '10.0.0.0/33',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '2001:db8::/129',
  '1::2::3',
  ':::',
  '10.0.0.0/8/8',
  '10.0.0.1:<1-2>',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
])('"%s" does not parse', prefix => {
  const message = `static prefix does not parse (got "${prefix}"): an IPv4 or IPv6 address or CIDR prefix; write it like "192.0.2.0/24" or "2001:db8::/64"`;
  expect(() => MediaBackend.staticPrefixes([prefix], { ports })).toThrow(new Error(message));
});

test('no prefixes are refused', () => {
  expect(() => MediaBackend.staticPrefixes([], { ports })).toThrow(
    new Error('static backend has too few prefixes (got 0): at least one address or CIDR prefix; add one'),
  );
});

test('a Service name is an RFC 1035 label', () => {
  expect(() => MediaBackend.service('1janus', { ports })).toThrow('backend Service name is not valid (got "1janus")');
});

test('loopback and link-local addresses are found in whatever prefix, as Node finds them', () => {
  const oracle = new BlockList();
  oracle.addSubnet('127.0.0.0', 8, 'ipv4');
  oracle.addSubnet('169.254.0.0', 16, 'ipv4');
  oracle.addSubnet('fe80::', 10, 'ipv6');
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), address => {
      expect(isPrefix(address)).toBe(true);
      if (oracle.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) expect(forbiddenIn(address)).toBeDefined();
    }),
    { examples: [['127.9.9.9'], ['169.254.1.1'], ['fe80::1'], ['::ffff:127.0.0.1'], ['1:2:3:4:5:6:1.2.3.4']] },
  );
});
