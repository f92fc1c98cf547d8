import type { Scope } from '../../../relay/src/auth/credential';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { cluster, GATEWAY, peersOf, policyOf } from './policies';

describe('tenants', () => {
  const addresses = {
    'acme open': '10.0.0.1',
    'acme own': '10.0.0.2',
    'acme second': '10.0.0.3',
    'globex open': '10.0.0.4',
    'globex own': '10.0.0.5',
  };
  const policy = policyOf([
    cluster('acme/open', peersOf(addresses['acme open'])),
    cluster('acme/own', peersOf(addresses['acme own']), { credential: 'acme/turn' }),
    cluster('acme/second', peersOf(addresses['acme second']), { credential: 'acme/second' }),
    cluster('globex/open', peersOf(addresses['globex open'])),
    cluster('globex/own', peersOf(addresses['globex own']), { credential: 'globex/turn' }),
  ]);

  const MATRIX: readonly { scope: Scope; reaches: readonly (keyof typeof addresses)[] }[] = [
    { scope: GATEWAY, reaches: ['acme open', 'globex open'] },
    { scope: { kind: 'route', credential: 'acme/turn' }, reaches: ['acme own'] },
    { scope: { kind: 'route', credential: 'acme/second' }, reaches: ['acme second'] },
    { scope: { kind: 'route', credential: 'globex/turn' }, reaches: ['globex own'] },
    { scope: { kind: 'route', credential: 'initech/turn' }, reaches: [] },
    { scope: { kind: 'tenant', namespace: 'acme' }, reaches: ['acme open'] },
    { scope: { kind: 'tenant', namespace: 'globex' }, reaches: ['globex open'] },
    { scope: { kind: 'tenant', namespace: 'initech' }, reaches: [] },
  ];

  test.each(MATRIX)('$scope reaches $reaches and nothing else', ({ scope, reaches }) => {
    for (const [name, address] of Object.entries(addresses)) {
      const decision = policy.authorizePeer(scope, Endpoint.of(address));
      const expected = reaches.some(reached => reached === name)
        ? { allowed: true, routes: [name.replace(' ', '/')] }
        : { allowed: false, reason: 'other-tenant' };
      expect({ name, decision }).toMatchObject({ name, decision: expected });
    }
  });

  test.each([
    {
      scope: GATEWAY,
      address: addresses['acme own'],
      detail:
        "10.0.0.2 is in acme/own, which the gateway's credential does not reach; acme/own is for credential acme/turn alone",
    },
    {
      scope: { kind: 'tenant', namespace: 'globex' },
      address: addresses['acme open'],
      detail:
        "10.0.0.1 is in acme/open, which tenant globex does not reach; acme/open is for the gateway's credential and tenant acme",
    },
  ] satisfies { scope: Scope; address: string; detail: string }[])('a denial says who reaches $address', row => {
    expect(policy.authorizePeer(row.scope, Endpoint.of(row.address))).toMatchObject({ detail: row.detail });
  });

  test('get no ports of a peer they share from the routes of another', () => {
    const shared = policyOf([
      cluster('acme/a', peersOf('10.0.0.1 1000-1999')),
      cluster('globex/b', peersOf('10.0.0.1 2000-2999')),
      cluster('globex/c', peersOf('10.0.0.0/8 3000-3999'), { credential: 'globex/turn' }),
    ]);
    const ports = (scope: Scope): string | false => {
      const decision = shared.authorizePeer(scope, Endpoint.of('10.0.0.1'));
      return decision.allowed && decision.ports.toString();
    };
    expect(ports({ kind: 'tenant', namespace: 'acme' })).toBe('1000-1999');
    expect(ports({ kind: 'tenant', namespace: 'globex' })).toBe('2000-2999');
    expect(ports({ kind: 'route', credential: 'globex/turn' })).toBe('3000-3999');
    expect(ports(GATEWAY)).toBe('1000-2999');
  });

  test('are told few names, however many routes overlap', () => {
    const many = policyOf(['a', 'b', 'c', 'd', 'e'].map(name => cluster(`acme/${name}`, peersOf('10.0.0.1'))));
    const decision = many.authorizePeer({ kind: 'tenant', namespace: 'globex' }, Endpoint.of('10.0.0.1'));
    expect(!decision.allowed && decision.detail).toMatch(
      /^10\.0\.0\.1 is in acme\/a, acme\/b, acme\/c and 2 more, which/,
    );
  });

  test('are not told of the other transport of a route they do not reach', () => {
    const tcp = policyOf([cluster('acme/sip', peersOf('10.0.0.1'), { protocol: 'tcp', credential: 'acme/turn' })]);
    expect(tcp.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'))).toMatchObject({ reason: 'no-route' });
  });
});
