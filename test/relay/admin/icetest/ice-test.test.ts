import { IceTest, type IceTestOptions } from '../../../../relay/src/admin/icetest/ice-test';
import { Authenticator } from '../../../../relay/src/auth/authenticator';
import type { Credential } from '../../../../relay/src/auth/credential';
import { ephemeralPassword } from '../../../../relay/src/auth/ephemeral';
import type { ListenerConfig, RelayConfig } from '../../../../relay/src/config/relay-config';
import { Endpoint } from '../../../../relay/src/net/endpoint';
import { PeerPolicy } from '../../../../relay/src/peer/peer-policy';
import { Prefix } from '../../../../relay/src/peer/prefix';

const NOW = 1_800_000_000_000;
const SECRET: Credential = { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: ['new', 'old'] };
const STATIC: Credential = { type: 'static', scope: { kind: 'gateway' }, username: 'alice', password: 'secret' };

const LISTENER: ListenerConfig = {
  name: 'stunner/edge/udp',
  transport: 'udp',
  port: 3478,
  address: '10.0.0.9',
  publicAddress: '192.0.2.1',
  publicPort: 30_478,
  routes: ['acme/sfu'],
};
const CONFIG: RelayConfig = {
  name: 'stunner/edge',
  realm: 'turn.example.com',
  logLevel: 'all:INFO',
  credentials: [SECRET],
  listeners: [LISTENER],
  clusters: [
    {
      name: 'acme/sfu',
      namespace: 'acme',
      protocol: 'udp',
      peers: [{ prefix: '10.1.0.0/16', minPort: 1, maxPort: 65_535 }],
    },
  ],
};

function iceTest(options: Partial<IceTestOptions> = {}): IceTest {
  return new IceTest({
    relayedAddresses: ({ address }) => [address],
    relayPorts: { min: 50_000, max: 60_000 },
    peerPolicy: () => ({}),
    ...options,
  });
}

/** What the relay would be told. */
function inForce(test: IceTest, config: RelayConfig = CONFIG): RelayConfig {
  let told: RelayConfig | undefined;
  test.into({ config: added => (told = added), problems: () => undefined }).config(config, []);
  return told!;
}

/** Whom the relay takes the offered credential for. */
function identity(test: IceTest, config: RelayConfig) {
  const { username, credential } = test.offer(NOW)!;
  const candidates = config.credentials.flatMap(each => {
    if (each.type !== 'ephemeral') return [];
    return each.secrets.filter(secret => ephemeralPassword(secret, username) === credential).map(() => each.scope);
  });
  return candidates[0];
}

test('before there is a configuration there is nothing to offer', () => {
  expect(iceTest().offer(NOW)).toBeUndefined();
});

test('the credential lives for ten minutes, or as long as users may', () => {
  const test = iceTest();
  inForce(test);
  expect(test.offer(NOW)!.username).toBe(`${NOW / 1000 + 600}:icetest`);
  const strict = iceTest({ credentialSeconds: 60 });
  inForce(strict);
  expect(strict.offer(NOW)!.username).toBe(`${NOW / 1000 + 60}:icetest`);
});

test('the credential reaches relayed addresses of this relay, in the ports of these, and nothing else', () => {
  const test = iceTest();
  const config = inForce(test);
  const scope = identity(test, config)!;
  const policy = PeerPolicy.compile(config.listeners[0]!, config.clusters);
  const may = (address: string, port: number): boolean =>
    policy.authorizePeerPort(scope, Endpoint.of(address, port)).allowed;
  expect(may('10.0.0.9', 50_000)).toBe(true);
  expect(may('10.0.0.9', 60_000)).toBe(true);
  expect(may('10.0.0.9', 49_999)).toBe(false);
  expect(may('10.0.0.10', 50_000)).toBe(false);
  expect(may('10.1.0.1', 50_000)).toBe(false);
});

test("nobody else's credential reaches relayed addresses on account of the test", () => {
  const config = inForce(iceTest());
  const policy = PeerPolicy.compile(config.listeners[0]!, config.clusters);
  for (const scope of [{ kind: 'gateway' }, { kind: 'tenant', namespace: 'icetest' }] as const) {
    expect(policy.authorizePeerPort(scope, Endpoint.of('10.0.0.9', 50_000))).toMatchObject({ reason: 'other-tenant' });
  }
});

test('what was configured stays as it was', () => {
  const config = inForce(iceTest());
  expect(config.credentials[0]).toBe(SECRET);
  expect(config.clusters[0]).toBe(CONFIG.clusters[0]);
  expect(config.listeners[0]!.routes[0]).toBe('acme/sfu');
});

test('replicas that share a secret accept each other, also while it is rotated; the secret itself is never used', () => {
  const [one, other] = [iceTest(), iceTest()];
  inForce(one);
  const behind = inForce(other, { ...CONFIG, credentials: [{ ...SECRET, secrets: ['newer', 'new'] }] });
  expect(identity(one, behind)).toBeDefined();
  expect(identity(one, { ...CONFIG, credentials: [SECRET] })).toBeUndefined();
});

test('a static password is known to clients, so nothing is made of it: each relay has a secret of its own', () => {
  const [one, other] = [iceTest(), iceTest()];
  const config = { ...CONFIG, credentials: [STATIC] };
  inForce(one, config);
  expect(identity(one, inForce(other, config))).toBeUndefined();
  expect(identity(one, inForce(one, config))).toBeDefined();
});

test('the offer holds no secret', () => {
  const test = iceTest();
  const config = inForce(test, { ...CONFIG, credentials: [SECRET, STATIC] });
  const text = JSON.stringify(test.offer(NOW));
  const secrets = config.credentials.flatMap(each => (each.type === 'ephemeral' ? each.secrets : []));
  for (const secret of [...secrets.filter(({ length }) => length > 3), 'secret', 'alice'])
    expect(text).not.toContain(secret);
});

test('the relay accepts the credential as it is, by its own authenticator', () => {
  const test = iceTest();
  const { realm, credentials } = inForce(test);
  const { username, credential } = test.offer(NOW)!;
  const authenticator = new Authenticator(realm, credentials);
  const proof = authenticator.authenticate(username, 'md5', NOW / 1000, () => true);
  expect(proof).toBeDefined();
  expect(credential).toMatch(/^[A-Za-z0-9+/]{27}=$/);
});

test.each<[listener: Partial<ListenerConfig>, uri: string]>([
  [{}, 'turn:192.0.2.1:30478?transport=udp'],
  [{ transport: 'tcp' }, 'turn:192.0.2.1:30478?transport=tcp'],
  [{ transport: 'tls' }, 'turns:192.0.2.1:30478?transport=tcp'],
  [{ transport: 'dtls' }, 'turns:192.0.2.1:30478?transport=udp'],
  [{ publicAddress: undefined, publicPort: undefined }, 'turn:10.0.0.9:3478?transport=udp'],
  [{ publicAddress: '2001:db8::1' }, 'turn:[2001:db8::1]:30478?transport=udp'],
])('a listener %j is reached at %s', (change, uri) => {
  const test = iceTest();
  inForce(test, { ...CONFIG, listeners: [{ ...LISTENER, ...change }] });
  expect(test.offer(NOW)!.servers[0]).toMatchObject({ uri, listener: 'stunner/edge/udp' });
});

test('a relayed address that no route may open is told with the reason, and is open once it is excepted', () => {
  const listeners = [{ ...LISTENER, address: '127.0.0.1' }];
  const test = iceTest();
  inForce(test, { ...CONFIG, listeners });
  expect(test.offer(NOW)!.servers[0]!.loopback).toEqual({
    allowed: false,
    detail: 'never-allowed-range: 127.0.0.1 is loopback; no route may open it',
  });
  const excepted = iceTest({ peerPolicy: () => ({ allowPeers: [Prefix.parse('127.0.0.0/8')] }) });
  inForce(excepted, { ...CONFIG, listeners });
  expect(excepted.offer(NOW)!.servers[0]!.loopback).toEqual({ allowed: true });
});
