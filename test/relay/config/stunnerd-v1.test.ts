import { stringify } from 'yaml';
import { Authenticator, type Proof } from '../../../relay/src/auth/authenticator';
import { ephemeralPassword, tenantKey } from '../../../relay/src/auth/ephemeral';
import { parseStunnerdConfig } from '../../../relay/src/config/stunnerd-v1';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { PeerPolicy } from '../../../relay/src/peer/peer-policy';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { selfSigned, texts, type Manifest } from './fixtures';

const auth = { type: 'static', credentials: { username: 'u', password: 'p' } };

function parse(config: Manifest, env = {}): Extract<ReturnType<typeof parseStunnerdConfig>, { config: unknown }> {
  const result = parseStunnerdConfig(JSON.stringify({ version: 'v1', auth, ...config }), env);
  if ('problems' in result) throw new Error(texts(result.problems).join('; '));
  return result;
}

function problems(config: Manifest | string): string[] {
  const text = typeof config === 'string' ? config : JSON.stringify({ version: 'v1', auth, ...config });
  const result = parseStunnerdConfig(text, {});
  return 'problems' in result ? texts(result.problems) : [];
}

describe('parseStunnerdConfig', () => {
  const { cert, key } = selfSigned();
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const whole: Manifest = {
    version: 'v1',
    admin: {
      name: 'media/edge',
      loglevel: 'turn:DEBUG',
      metrics_endpoint: 'http://:8080/metrics',
      healthcheck_endpoint: 'http://:9',
      offload_engine: 'None',
    },
    auth: { type: 'ephemeral', realm: 'turn.example.org', credentials: { secret: '$HOME-is-raw' } },
    listeners: [
      {
        name: 'media/edge/udp',
        protocol: 'TURN-UDP',
        public_address: '203.0.113.10',
        public_port: 443,
        address: '$STUNNER_ADDR',
        port: 3478,
        routes: ['b/r', 'a/r'],
      },
      {
        name: 'media/edge/tls',
        protocol: 'turn-tls',
        address: '${STUNNER_ADDR}',
        port: 5349,
        cert: base64(cert),
        key: base64(key),
        future: {},
      },
    ],
    clusters: [
      {
        name: 'a/r',
        type: 'STATIC',
        protocol: 'UDP',
        endpoints: ['10.96.0.5:<20-40>', '10.1.0.7', '2001:db8::1:<1-2>', '10.0.0.0/8'],
      },
      { name: 'b/r', type: 'STRICT_DNS', protocol: 'TCP', endpoints: ['sfu.media.svc.cluster.local'] },
    ],
    future: [1],
  };
  const expected = {
    name: 'media/edge',
    realm: 'turn.example.org',
    logLevel: 'turn:DEBUG',
    healthEndpoint: 'http://:9',
    metricsEndpoint: 'http://:8080/metrics',
    credentials: [
      { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: ['$HOME-is-raw'] },
      { type: 'derived', masters: ['$HOME-is-raw'] },
    ],
    listeners: [
      {
        name: 'media/edge/udp',
        transport: 'udp',
        port: 3478,
        address: '192.0.2.1',
        publicAddress: '203.0.113.10',
        publicPort: 443,
        routes: ['a/r', 'b/r'],
      },
      {
        name: 'media/edge/tls',
        transport: 'tls',
        port: 5349,
        address: '192.0.2.1',
        certificate: { cert, key },
        routes: [],
      },
    ],
    clusters: [
      {
        name: 'a/r',
        namespace: 'a',
        protocol: 'udp',
        peers: [
          { prefix: '10.0.0.0/8', minPort: 1, maxPort: 65535 },
          { prefix: '10.1.0.7', minPort: 1, maxPort: 65535 },
          { prefix: '10.96.0.5', minPort: 20, maxPort: 40 },
          { prefix: '2001:db8::1', minPort: 1, maxPort: 2 },
        ],
      },
      { name: 'b/r', namespace: 'b', protocol: 'tcp', peers: [], hostnames: ['sfu.media.svc.cluster.local'] },
    ],
  };

  test.each([
    ['JSON', JSON.stringify(whole)],
    ['JSON as Go writes it', JSON.stringify(whole).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')],
    ['YAML', stringify(whole)],
  ])('reads %s', (_, text) => {
    expect(parseStunnerdConfig(text, { STUNNER_ADDR: '192.0.2.1', HOME: 'x' })).toEqual({
      config: expected,
      warnings: [],
    });
  });

  test('has the defaults of stunnerd', () => {
    expect(parse({ listeners: [{ name: 'l' }], clusters: [{ name: 'c' }] }).config).toEqual({
      name: 'default-stunnerd',
      realm: 'stunner.l7mp.io',
      logLevel: 'all:INFO',
      healthEndpoint: 'http://:8086',
      credentials: [{ type: 'static', scope: { kind: 'gateway' }, username: 'u', password: 'p' }],
      listeners: [{ name: 'l', transport: 'udp', port: 3478, address: '0.0.0.0', routes: [] }],
      clusters: [{ name: 'c', namespace: '', protocol: 'udp', peers: [] }],
    });
  });

  test.each([
    [{}, 'http://:8086'],
    [{ healthcheck_endpoint: null }, 'http://:8086'],
    [{ healthcheck_endpoint: '' }, undefined],
    [{ healthcheck_endpoint: 'http://:9' }, 'http://:9'],
  ])('health of %j is at %s', (admin, endpoint) => {
    expect(parse({ admin }).config.healthEndpoint).toBe(endpoint);
  });

  test.each<[string, Manifest, string[]]>([
    ['static', { username: 'u', password: 'p' }, ['static']],
    ['plaintext', { username: 'u', password: 'p' }, ['static']],
    ['ephemeral', { secret: 's' }, ['ephemeral', 'derived']],
    ['longterm', { secret: 's' }, ['ephemeral', 'derived']],
    ['timewindowed', { secret: 's' }, ['ephemeral', 'derived']],
    ['none', {}, []],
  ])('auth type %s', (type, credentials, kinds) => {
    expect(parse({ auth: { type, credentials } }).config.credentials.map(credential => credential.type)).toEqual(kinds);
  });

  test('the environment fills texts and ports, and what is not set is empty', () => {
    const listener = { name: '${A}/$B', address: '$GONE', port: '$STUNNER_PORT' };
    const read = (env: Record<string, string>) => parse({ listeners: [listener] }, env).config.listeners[0];
    expect(read({ A: 'x', B: 'y' })).toMatchObject({ name: 'x/y', address: '0.0.0.0', port: 3478 });
    expect(parse({ admin: { name: 'x$toString$' } }).config.name).toBe('x$');
    expect(read({ STUNNER_PUBLIC_PORT: '30000' })?.port).toBe(30000);
    expect(read({ STUNNER_PUBLIC_PORT: 'x' })?.port).toBe(3478);
  });

  test.each<[string, Manifest]>([
    ['none', {}],
    ['no key', { cert: base64(cert) }],
    ['no base64', { cert, key }],
    ['a key of another', { cert: base64(cert), key: base64(selfSigned().key) }],
  ])('certificate with %s: the listener has none, a warning says so, the others run', (_, pair) => {
    const { config, warnings } = parse({
      listeners: [{ name: 'tls', protocol: 'TURN-TLS', port: 1, ...pair }, { name: 'udp' }],
    });
    expect(config.listeners.map(({ certificate }) => certificate)).toEqual([undefined, undefined]);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test('the one secret is the master of tenants too: a tenant reaches its own clusters alone', () => {
    const { config } = parse({
      auth: { type: 'ephemeral', credentials: { secret: 'a shared secret' } },
      listeners: [{ name: 'l', routes: ['media/sfu', 'other/sfu'] }],
      clusters: [
        { name: 'media/sfu', endpoints: ['10.1.0.1'] },
        { name: 'other/sfu', endpoints: ['10.2.0.1'] },
      ],
    });
    const username = '1800000060:media/alice';
    const password = ephemeralPassword(tenantKey('a shared secret', 'media'), username);
    const key = Buffer.from(longTermKey(username, config.realm, password));
    const proof = new Authenticator(config.realm, config.credentials).authenticate(
      username,
      'md5',
      1_800_000_000,
      candidate => key.equals(candidate),
    );
    const { identity } = proof as Proof;
    const policy = PeerPolicy.compile(config.listeners[0]!, config.clusters);
    expect(policy.authorizePeer(identity.scope, Endpoint.of('10.1.0.1')).allowed).toBe(true);
    expect(policy.authorizePeer(identity.scope, Endpoint.of('10.2.0.1')).allowed).toBe(false);
  });

  test('a prefix with bits behind its length is the block around it, and a warning names the place', () => {
    const endpoints = ['10.0.0.1/8', '2001:db8::5/32:<1-2>', '192.0.2.0/24'];
    const { config, warnings } = parse({ clusters: [{ name: 'c', endpoints }] });
    expect(config.clusters[0]?.peers).toEqual([
      { prefix: '10.0.0.0/8', minPort: 1, maxPort: 65535 },
      { prefix: '192.0.2.0/24', minPort: 1, maxPort: 65535 },
      { prefix: '2001:db8::/32', minPort: 1, maxPort: 2 },
    ]);
    expect(warnings.map(({ field }) => field)).toEqual(['clusters[0].endpoints[0]', 'clusters[0].endpoints[1]']);
    expect(warnings[0]?.message).toContain('got 10.0.0.1/8');
    expect(warnings[0]?.message).toContain('10.0.0.0/8');
  });

  test('a host name with ports is left out: they could not be kept', () => {
    const { config, warnings } = parse({
      clusters: [{ name: 'c', type: 'strict_dns', endpoints: ['a.example:<1-2>', 'b.example'] }],
    });
    expect(config.clusters[0]?.hostnames).toEqual(['b.example']);
    expect(warnings).toHaveLength(1);
  });

  test.each<[string, Manifest | string, string]>([
    ['no text', '', 'got 0 documents'],
    ['two documents', '{}\n---\n{}', 'got 2 documents'],
    ['no YAML', 'a: [', 'line'],
    ['another version', { version: 'v2' }, 'version'],
    ['no password', { auth: { credentials: { username: 'u' } } }, 'auth.credentials.password'],
    ['no secret', { auth: { type: 'ephemeral' } }, 'auth.credentials.secret'],
    [
      'a password that is a number',
      { auth: { credentials: { username: 'u', password: 1234567 } } },
      'auth.credentials.password',
    ],
    ['an unknown auth type', { auth: { type: 'oauth' } }, 'auth.type'],
    ['a listener without name', { listeners: [{}] }, 'listeners[0].name'],
    ['an unknown protocol', { listeners: [{ name: 'l', protocol: 'HTTP' }] }, 'listeners[0].protocol'],
    ['a port out of range', { listeners: [{ name: 'l', port: 65536 }] }, 'listeners[0].port'],
    [
      'a bad endpoint',
      { clusters: [{ name: 'c', endpoints: ['10.0.0.1', '10.0.0.300'] }] },
      'clusters[0].endpoints[1]',
    ],
    ['ports upside down', { clusters: [{ name: 'c', endpoints: ['10.0.0.1:<2-1>'] }] }, 'clusters[0].endpoints[0]'],
    ['a cluster type', { clusters: [{ name: 'c', type: 'EDS' }] }, 'clusters[0].type'],
    ['listeners that are a map', { listeners: {} }, 'listeners'],
  ])('%s makes it unusable, and the place is told', (_, config, place) => {
    expect(problems(config).join()).toContain(place);
    expect(problems(config).join()).not.toContain('1234567');
  });
});

test.each([
  ['$STUNNER_ADDR', '10.0.0.9'],
  [undefined, '10.0.0.9'],
  ['0.0.0.0', '10.0.0.9'],
  ['::', '10.0.0.9'],
  // What the operator writes for a node whose address it has not filled in.
  ['__node_address_placeholder', '10.0.0.9'],
  // What it fills in: the node's address, which is not the pod's.
  ['203.0.113.7', '203.0.113.7'],
  ['node-7.example.org', 'node-7.example.org'],
])('the address %s of a listener in a pod is %s', (address, expected) => {
  const listeners = [{ name: 'a/b/c', ...(address === undefined ? {} : { address }) }];
  expect(parse({ listeners }, { STUNNER_ADDR: '10.0.0.9' }).config.listeners[0]!.address).toBe(expected);
});

test('the address of a listener where the pod has none is any', () => {
  for (const address of ['$STUNNER_ADDR', '__node_address_placeholder'])
    expect(parse({ listeners: [{ name: 'a/b/c', address }] }).config.listeners[0]!.address).toBe('0.0.0.0');
});
