import { Endpoint } from '../../../relay/src/net/endpoint';
import { OwnAddresses } from '../../../relay/src/peer/own-addresses';
import { PeerPolicy } from '../../../relay/src/peer/peer-policy';
import { Prefix } from '../../../relay/src/peer/prefix';
import { cluster, GATEWAY, peersOf, policyOf } from './policies';

describe('default deny', () => {
  const janus = cluster('acme/janus', peersOf('10.0.0.0/30 20000-40000'));

  test('a listener without routes permits nothing', () => {
    const policy = PeerPolicy.compile({ name: 'acme/edge/udp', routes: [] }, [janus]);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'))).toEqual({
      allowed: false,
      reason: 'no-routes-on-listener',
      detail: 'listener acme/edge/udp has no routes, so 10.0.0.1 is in none',
    });
  });

  test('a route that names no known cluster opens nothing', () => {
    const policy = PeerPolicy.compile({ name: 'acme/edge/udp', routes: ['acme/gone'] }, [janus]);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'))).toMatchObject({ reason: 'no-routes-on-listener' });
  });

  test("a cluster of another listener's routes opens nothing", () => {
    const policy = PeerPolicy.compile({ name: 'acme/edge/udp', routes: ['acme/janus'] }, [
      janus,
      cluster('acme/sfu', peersOf('10.1.0.0/16')),
    ]);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.1.0.1'))).toMatchObject({ reason: 'no-route' });
  });

  test('an address in no route is denied, with the nearest route for a hint', () => {
    const policy = policyOf([janus, cluster('acme/sfu', peersOf('10.9.0.0/16'))]);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.9'))).toEqual({
      allowed: false,
      reason: 'no-route',
      detail: '10.0.0.9 is in no route of this listener; nearest is acme/janus 10.0.0.0/30 ports 20000-40000',
    });
  });

  test('there is no hint where routes have no address, or none of the family', () => {
    const detail = 'fd12::9 is in no route of this listener';
    expect(policyOf([janus]).authorizePeer(GATEWAY, Endpoint.of('fd12::9'))).toMatchObject({ detail });
    expect(policyOf([cluster('acme/idle', [])]).authorizePeer(GATEWAY, Endpoint.of('fd12::9'))).toMatchObject({
      reason: 'no-route',
      detail,
    });
  });
});

describe('a route', () => {
  test('opens its addresses and ports, in whichever form the address comes', () => {
    const policy = policyOf([cluster('acme/janus', peersOf('10.0.0.0/30 20000-40000', 'fd12::7 5004-5004'))]);
    const ports = (address: string): string | false => {
      const decision = policy.authorizePeer(GATEWAY, Endpoint.of(address));
      return decision.allowed && decision.ports.toString();
    };
    expect(ports('10.0.0.3')).toBe('20000-40000');
    expect(ports('::ffff:10.0.0.3')).toBe('20000-40000');
    expect(ports('fd12::7')).toBe('5004');
    expect(ports('10.0.0.4')).toBe(false);
  });

  test('does not open the embedded forms of its IPv4 addresses, unless it names them', () => {
    const peer = Endpoint.of('64:ff9b::10.0.0.1');
    expect(policyOf([cluster('acme/a', peersOf('10.0.0.0/8'))]).authorizePeer(GATEWAY, peer).allowed).toBe(false);
    expect(policyOf([cluster('acme/a', peersOf('64:ff9b::/96'))]).authorizePeer(GATEWAY, peer).allowed).toBe(true);
  });

  test('adds its ports to those of every other route to the peer, long prefix or short', () => {
    const policy = policyOf([
      cluster('acme/rtp', peersOf('10.0.0.1 20000-30000')),
      cluster('acme/more', peersOf('10.0.0.1 30001-40000', '10.0.0.1 5004-5004')),
      cluster('acme/net', peersOf('10.0.0.0/8 9-9')),
      cluster('acme/other', peersOf('10.0.0.2 7-7')),
    ]);
    const decision = policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'));
    expect(decision).toMatchObject({ allowed: true, routes: ['acme/more', 'acme/net', 'acme/rtp'] });
    expect(decision.allowed && decision.ports.toString()).toBe('9, 5004, 20000-40000');
  });

  test('opens every port of its host names’ current addresses, but no never-allowed one', () => {
    const policy = policyOf([cluster('acme/dns', [], { hostnames: ['media.example.org', 'gone.example.org'] })], {
      hostAddresses: new Map([
        ['media.example.org', [Endpoint.of('10.0.0.1', 53), Endpoint.of('127.0.0.1')]],
        ['other.example.org', [Endpoint.of('10.0.0.2')]],
      ]),
    });
    expect(policy.authorizePeerPort(GATEWAY, Endpoint.of('10.0.0.1', 65535)).allowed).toBe(true);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.2')).allowed).toBe(false);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('127.0.0.1'))).toMatchObject({ reason: 'never-allowed-range' });
  });

  test('opens its own transport only', () => {
    const policy = policyOf([cluster('acme/sip', peersOf('10.0.0.1 5060-5060'), { protocol: 'tcp' })]);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'), 'tcp').allowed).toBe(true);
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1'), 'udp')).toEqual({
      allowed: false,
      reason: 'other-transport',
      detail: '10.0.0.1 is in acme/sip for tcp, not for udp',
    });
  });

  test.each([
    { peers: peersOf('10.0.0.1/8'), error: 'cluster acme/bad: prefix has bits set behind its length (got 10.0.0.1/8)' },
    { peers: peersOf('10.0.0.1 9-8'), error: 'cluster acme/bad: port range is reversed (got 9-8)' },
  ])('with a bad peer is refused: $error', ({ peers, error }) => {
    expect(() => policyOf([cluster('acme/bad', peers)])).toThrow(error);
  });
});

describe('ports', () => {
  const policy = policyOf([cluster('acme/janus', peersOf('10.0.0.1 20000-40000'))]);

  test('do not matter to a permission (RFC 8656 9)', () => {
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.0.0.1', 22)).allowed).toBe(true);
  });

  test.each([
    { port: 19999, allowed: false },
    { port: 20000, allowed: true },
    { port: 40000, allowed: true },
    { port: 40001, allowed: false },
    { port: 0, allowed: false },
  ])('decide where the peer is an address and a port (RFC 8656 12): $port is $allowed', ({ port, allowed }) => {
    expect(policy.authorizePeerPort(GATEWAY, Endpoint.of('10.0.0.1', port)).allowed).toBe(allowed);
  });

  test('that no route opens are told with those it opens', () => {
    expect(policy.authorizePeerPort(GATEWAY, Endpoint.of('10.0.0.1', 22))).toEqual({
      allowed: false,
      reason: 'port-not-routed',
      detail: '10.0.0.1:22 has a port that no route opens; open are acme/janus ports 20000-40000',
    });
  });

  test('do not hide why the address is denied', () => {
    expect(policy.authorizePeerPort(GATEWAY, Endpoint.of('127.0.0.1', 22))).toMatchObject({
      reason: 'never-allowed-range',
    });
  });
});

describe('never-allowed ranges', () => {
  const everything = [cluster('acme/all', peersOf('0.0.0.0/0', '::/0'))];

  test('are told with their name', () => {
    expect(policyOf(everything).authorizePeer(GATEWAY, Endpoint.of('169.254.169.254'))).toEqual({
      allowed: false,
      reason: 'never-allowed-range',
      detail: '169.254.169.254 is link-local (cloud metadata); no route may open it',
    });
  });

  test.each([
    { exception: '127.0.0.1', peer: '127.0.0.1', allowed: true },
    { exception: '127.0.0.1', peer: '127.0.0.2', allowed: false },
    { exception: '127.0.0.0/8', peer: '127.0.0.1', allowed: true },
    { exception: '0.0.0.0/0', peer: '127.0.0.1', allowed: false },
    { exception: '::/0', peer: '::1', allowed: false },
    { exception: '169.254.0.0/16', peer: '169.254.20.10', allowed: true },
    { exception: '169.254.0.0/16', peer: '169.254.169.254', allowed: false },
    { exception: '127.0.0.1', peer: '::127.0.0.1', allowed: false },
    { exception: '64:ff9b::/96', peer: '64:ff9b::169.254.169.254', allowed: false },
    { exception: '64:ff9b:1:fffd:1::/96', peer: '64:ff9b:1:fffd:1::10.0.0.1', allowed: true },
    { exception: '64:ff9b:1:fffd:1::/96', peer: '64:ff9b:1:fffd:1::127.0.0.1', allowed: false },
  ])('yield to an exception as long as they are: $exception for $peer is $allowed', ({ exception, peer, allowed }) => {
    const policy = policyOf(everything, { allowPeers: [Prefix.parse(exception)] });
    expect(policy.authorizePeer(GATEWAY, Endpoint.of(peer)).allowed).toBe(allowed);
  });

  test('need a route even where an exception stands', () => {
    const policy = policyOf([cluster('acme/a', peersOf('10.0.0.1'))], { allowPeers: [Prefix.parse('127.0.0.1')] });
    expect(policy.authorizePeer(GATEWAY, Endpoint.of('127.0.0.1'))).toMatchObject({ reason: 'no-route' });
  });
});

describe('own addresses', () => {
  const ownAddresses = new OwnAddresses(
    [
      { name: 'listener acme/edge/udp', address: 'any-local', port: 3478 },
      { name: 'the Kubernetes API server', address: Endpoint.of('10.96.0.1'), port: 443 },
      { name: 'the operator', address: Endpoint.of('10.96.0.7') },
    ],
    [Endpoint.of('10.244.1.5')],
  );
  const policy = policyOf(
    [cluster('acme/all', peersOf('10.0.0.0/8', '64:ff9b::/96')), cluster('acme/api', peersOf('10.96.0.9 443-443'))],
    {
      ownAddresses,
      allowPeers: [Prefix.parse('10.0.0.0/8')],
    },
  );

  test.each([
    {
      peer: Endpoint.of('10.244.1.5', 3478),
      detail: '10.244.1.5 port 3478 is listener acme/edge/udp; no route may open it',
    },
    {
      peer: Endpoint.of('10.96.0.1', 443),
      detail: '10.96.0.1 port 443 is the Kubernetes API server; no route may open it',
    },
    { peer: Endpoint.of('10.96.0.7', 9), detail: '10.96.0.7 is the operator; no route may open it' },
    {
      peer: Endpoint.of('64:ff9b::10.244.1.5', 3478),
      detail: '64:ff9b::af4:105 port 3478 is listener acme/edge/udp; no route may open it',
    },
  ])('are closed to a route and an exception: $peer', ({ peer, detail }) => {
    expect(policy.authorizePeerPort(GATEWAY, peer)).toEqual({ allowed: false, reason: 'own-address', detail });
  });

  test("leave the relay's other ports open, so that two of its clients can talk", () => {
    const decision = policy.authorizePeer(GATEWAY, Endpoint.of('10.244.1.5'));
    expect(decision.allowed && decision.ports.toString()).toBe('1-3477, 3479-65535');
    expect(policy.authorizePeerPort(GATEWAY, Endpoint.of('10.244.1.5', 50000)).allowed).toBe(true);
  });

  test('are told as such where no route has them either', () => {
    const elsewhere = policyOf([cluster('acme/a', peersOf('192.168.0.1'))], { ownAddresses });
    expect(elsewhere.authorizePeer(GATEWAY, Endpoint.of('10.96.0.7'))).toMatchObject({ reason: 'own-address' });
    expect(elsewhere.authorizePeerPort(GATEWAY, Endpoint.of('10.96.0.7', 9))).toMatchObject({ reason: 'own-address' });
    expect(elsewhere.authorizePeerPort(GATEWAY, Endpoint.of('10.96.0.1', 443))).toMatchObject({
      reason: 'own-address',
    });
    expect(elsewhere.authorizePeerPort(GATEWAY, Endpoint.of('10.96.0.1', 80))).toMatchObject({ reason: 'no-route' });
  });

  test('deny the address where nothing else is routed there', () => {
    const only = policyOf([cluster('acme/api', peersOf('10.96.0.1 443-443'))], { ownAddresses });
    expect(only.authorizePeer(GATEWAY, Endpoint.of('10.96.0.1'))).toMatchObject({ reason: 'own-address' });
  });
});

test('50,000 host endpoints each have their own ports', () => {
  const host = (i: number): string => `10.${(i >>> 16) & 0xff}.${(i >>> 8) & 0xff}.${i & 0xff}`;
  const port = (i: number): number => 1 + (i % 65535);
  const hosts = Array.from({ length: 50_000 }, (_, i) => `${host(i)} ${port(i)}`);
  const policy = policyOf([cluster('acme/pods', peersOf(...hosts)), cluster('acme/net', peersOf('172.16.0.0/12'))]);
  for (let i = 0; i < 50_000; i += 97) {
    const decision = policy.authorizePeer(GATEWAY, Endpoint.of(host(i)));
    expect(decision.allowed && decision.ports.toString()).toBe(`${port(i)}`);
  }
  expect(policy.authorizePeer(GATEWAY, Endpoint.of('10.200.0.0'))).toMatchObject({ reason: 'no-route' });
});
