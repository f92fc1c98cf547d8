import { RelayAddresses, type LocalAddress } from '../../../relay/src/io/relay-address';

const LOOPBACKS: LocalAddress[] = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
];
const HOST: LocalAddress[] = [
  ...LOOPBACKS,
  { address: '10.1.2.3', internal: false },
  { address: '10.9.9.9', internal: false },
  { address: '2001:db8::7', internal: false },
];
const IPV4_HOST = HOST.filter(({ address }) => address !== '2001:db8::7');

describe('the relayed address to advertise', () => {
  test.each([
    ['what the operator asked for', ['192.0.2.7'], '10.1.2.3', HOST, 4, '192.0.2.7'],
    ['loopback, if the operator asked for it', ['127.0.0.1'], '10.1.2.3', HOST, 4, '127.0.0.1'],
    ["the listener's, for the family the operator left open", ['2001:db8::1'], '10.9.9.9', HOST, 4, '10.9.9.9'],
    ['the listener’s own', [], '192.0.2.1', HOST, 4, '192.0.2.1'],
    ['an IPv6 listener address', [], '2001:db8::99', HOST, 6, '2001:db8::99'],
    ["the host's first external one behind a wildcard", [], '0.0.0.0', HOST, 4, '10.1.2.3'],
    ["the host's first external one behind an empty text", [], '', HOST, 6, '2001:db8::7'],
    ["the host's first external one behind a host name", [], 'turn.example.org', HOST, 4, '10.1.2.3'],
    ["the host's, where the listener's is of the other family", [], '192.0.2.1', HOST, 6, '2001:db8::7'],
    ['none, rather than ::1, on an IPv4 host', [], '0.0.0.0', IPV4_HOST, 6, undefined],
    ['loopback, if there is nothing else at all', [], '0.0.0.0', LOOPBACKS, 4, '127.0.0.1'],
    ['none of a family that the host has not', [], '', [LOOPBACKS[0]!], 6, undefined],
  ] as const)('is %s', (_, configured, listener, local, family, expected) => {
    const addresses = new RelayAddresses(configured, () => local);
    expect(addresses.of(listener, family)?.advertised).toBe(expected);
  });

  test.each([
    ['itself, if this host has it', '10.9.9.9', 4, '10.9.9.9'],
    ['itself, however it is spelt', '2001:DB8:0::7', 6, '2001:DB8:0::7'],
    ['the IPv4 wildcard behind one-to-one NAT', '192.0.2.1', 4, '0.0.0.0'],
    ['the IPv6 wildcard behind one-to-one NAT', '2001:db8::99', 6, '::'],
  ] as const)('is bound as %s', (_, listener, family, expected) => {
    expect(new RelayAddresses([], () => HOST).of(listener, family)?.bind).toBe(expected);
  });

  test('families are those that have an address', () => {
    expect(new RelayAddresses([], () => IPV4_HOST).families('')).toEqual([4]);
    expect(new RelayAddresses([], () => IPV4_HOST).families('2001:db8::99')).toEqual([4, 6]);
  });

  test('follows this host after refresh', () => {
    let local = IPV4_HOST;
    const addresses = new RelayAddresses([], () => local);
    local = HOST;
    expect(addresses.families('')).toEqual([4]);
    addresses.refresh();
    expect(addresses.families('')).toEqual([4, 6]);
  });

  test('of this very host is never link-local', () => {
    expect(new RelayAddresses().of('', 6)?.advertised ?? '').not.toMatch(/^fe80/);
  });
});
