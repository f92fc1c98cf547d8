import type { RelayConfig } from '../../../relay/src/config/relay-config';
import { validate } from '../../../relay/src/config/validate';
import { texts } from './fixtures';

const listener = { name: 'a/b/udp', transport: 'udp', port: 3478, address: '0.0.0.0', routes: ['a/absent'] } as const;
const cluster = {
  name: 'a/r',
  namespace: 'a',
  protocol: 'udp',
  peers: [{ prefix: '10.0.0.0/8', minPort: 1, maxPort: 65535 }],
} as const;
const scope = { kind: 'gateway' } as const;
const good: RelayConfig = {
  name: 'a/b',
  realm: 'turn.example.org',
  logLevel: 'all:INFO',
  healthEndpoint: 'http://:8086',
  metricsEndpoint: 'http://[::]:8080/metrics',
  credentials: [{ type: 'static', scope, username: 'u', password: 'p' }],
  listeners: [listener, { ...listener, name: 'a/b/tcp', transport: 'tcp' }],
  clusters: [cluster],
};

test('a good configuration has no problems, and may route to absent clusters', () => {
  expect(validate(good)).toEqual({ problems: [], warnings: [] });
});

test('a TLS listener without certificate is a warning: it stays off, the others run', () => {
  const { problems, warnings } = validate({ ...good, listeners: [{ ...listener, transport: 'dtls' }] });
  expect(problems).toEqual([]);
  expect(warnings[0]?.field).toBe('listeners[0].certificate');
});

const peer = (prefix: string, minPort = 1, maxPort = 2): Partial<RelayConfig> => ({
  clusters: [{ ...cluster, peers: [{ prefix, minPort, maxPort }] }],
});
test.each<[string, Partial<RelayConfig>, string]>([
  ['an empty name', { name: '' }, 'name'],
  ['an empty realm', { realm: '' }, 'realm'],
  ['a realm of 128 characters (RFC 8489 14.9)', { realm: 'r'.repeat(128) }, 'realm'],
  ['a realm with a quote', { realm: 'a"b' }, 'realm'],
  ['a health address of another scheme', { healthEndpoint: 'https://:1' }, 'healthEndpoint'],
  ['a metrics port out of range', { metricsEndpoint: 'http://:65536' }, 'metricsEndpoint'],
  [
    'an empty password',
    { credentials: [{ type: 'static', scope, username: 'u', password: '' }] },
    'credentials[0].password',
  ],
  [
    'an empty user name',
    { credentials: [{ type: 'static', scope, username: '', password: 'p' }] },
    'credentials[0].username',
  ],
  [
    'a user name of 509 bytes',
    { credentials: [{ type: 'static', scope, username: 'ü'.repeat(255), password: 'p' }] },
    'credentials[0].username',
  ],
  ['no secrets', { credentials: [{ type: 'ephemeral', scope, secrets: [] }] }, 'credentials[0].secrets'],
  ['an empty secret', { credentials: [{ type: 'ephemeral', scope, secrets: ['s', ''] }] }, 'credentials[0].secrets[1]'],
  ['an empty master', { credentials: [{ type: 'derived', masters: [''] }] }, 'credentials[0].masters[0]'],
  [
    'a route scope of nobody',
    { credentials: [{ type: 'ephemeral', scope: { kind: 'route', credential: '' }, secrets: ['s'] }] },
    'credentials[0].scope.credential',
  ],
  ['port 0', { listeners: [{ ...listener, port: 0 }] }, 'listeners[0].port'],
  ['port 65536', { listeners: [{ ...listener, port: 65536 }] }, 'listeners[0].port'],
  ['public port 0', { listeners: [{ ...listener, publicPort: 0 }] }, 'listeners[0].publicPort'],
  ['an address with octet 256', { listeners: [{ ...listener, address: '10.0.0.256' }] }, 'listeners[0].address'],
  ['a listener name given twice', { listeners: [listener, { ...listener, port: 1 }] }, 'listeners[1].name'],
  [
    'a UDP port taken by DTLS',
    {
      listeners: [
        { ...listener, transport: 'dtls' },
        { ...listener, name: 'x' },
      ],
    },
    'listeners[1].port',
  ],
  [
    'a TCP port taken by the health server',
    { listeners: [{ ...listener, transport: 'tcp', port: 8086 }] },
    'listeners[0].port',
  ],
  ['a cluster name given twice', { clusters: [cluster, cluster] }, 'clusters[1].name'],
  ['a credential that is empty', { clusters: [{ ...cluster, credential: '' }] }, 'clusters[0].credential'],
  ['a prefix that does not parse', peer('10.0.0.0/33'), 'clusters[0].peers[0].prefix'],
  ['ports upside down', peer('10.0.0.1', 2, 1), 'clusters[0].peers[0]'],
  ['port 0 of a peer', peer('10.0.0.1', 0, 1), 'clusters[0].peers[0]'],
  ['a host name in digits', { clusters: [{ ...cluster, hostnames: ['10.0.0.1'] }] }, 'clusters[0].hostnames[0]'],
])('%s is a problem of its field', (_, change, field) => {
  expect(validate({ ...good, ...change }).problems.map(problem => problem.field)).toEqual([field]);
});

test('no problem tells a credential', () => {
  const credentials = [{ type: 'static', scope, username: 'USER'.repeat(200), password: 'PASSWORD' }] as const;
  expect(texts(validate({ ...good, credentials }).problems).join()).not.toMatch(/USER|PASSWORD/);
});
