import { request } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Admin } from '../../../relay/src/admin/admin';
import { isEndpoint, parseEndpoint } from '../../../relay/src/admin/endpoint';
import type { RelayView } from '../../../relay/src/admin/relay-view';
import type { RelayConfig } from '../../../relay/src/config/relay-config';
import type { Logger } from '../../../relay/src/log/logger';
import { Traffic } from '../../../relay/src/turn/traffic';

const CONFIG: RelayConfig = {
  name: 'stunner/edge',
  realm: 'turn.example.com',
  logLevel: 'all:INFO',
  credentials: [{ type: 'ephemeral', scope: { kind: 'gateway' }, secrets: ['do-not-tell'] }],
  listeners: [
    {
      name: 'stunner/edge/tls',
      transport: 'tls',
      port: 5349,
      address: '10.0.0.9',
      certificate: { cert: 'PUBLIC', key: 'do-not-tell' },
      routes: ['acme/janus'],
    },
  ],
  clusters: [
    {
      name: 'acme/janus',
      namespace: 'acme',
      protocol: 'udp',
      peers: [{ prefix: '10.1.0.0/24', minPort: 20_000, maxPort: 20_010 }],
    },
  ],
};

function traffic(): Traffic {
  const traffic = new Traffic();
  traffic.received(100);
  traffic.sent(40);
  traffic.sent(2);
  return traffic;
}

class View implements RelayView {
  running: RelayConfig | undefined = CONFIG;
  ready = true;
  draining = false;
  allocations = 3;
  authenticationFailures = 5;
  datagramIo = 'dgram';
  dtlsSessions = { current: 7, handshakes: 2 };
  socketProblems = () => ({
    datagram: [['send queue full', 6] as const],
    stream: [['not STUN', 8] as const],
    dtls: [],
  });
  listenerTraffic = () => [['stunner/edge/tls', traffic()] as const];
  routeTraffic = () => [['acme/janus', traffic()] as const];
  connections = () => ({ current: 2, total: 9 });
  limitsInForce = () => [['allocations', 18_000] as const];
  drops = () => [['malformed', 4] as const];
  refusals = () => [['user quota', 3] as const];
  denials = () => [['no-route', 1] as const];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

describe('admin servers', () => {
  const view = new View();
  const errors: string[] = [];
  const logger = { error: (message: string) => errors.push(message) } as unknown as Logger;
  let admin: Admin;
  let health: string;
  let metrics: string;

  beforeEach(async () => {
    Object.assign(view, new View());
    errors.length = 0;
    admin = new Admin(view, logger);
    health = `http://127.0.0.1:${await freePort()}`;
    metrics = `http://127.0.0.1:${await freePort()}/metrics`;
    admin.apply({ healthEndpoint: health, metricsEndpoint: metrics });
  });
  afterEach(() => admin.close());

  const get = async (url: string, method = 'GET'): Promise<[number, string]> => {
    const response = await fetch(url, { method });
    return [response.status, await response.text()];
  };

  test('live always; ready once clients are served, and while draining', async () => {
    expect(await get(`${health}/live`)).toEqual([200, '{}']);
    expect(await get(`${health}/ready`)).toEqual([200, '{"status":200,"message":"READY"}']);
    view.draining = true;
    expect((await get(`${health}/ready`))[0]).toBe(200);
    view.ready = false;
    expect(await get(`${health}/ready`)).toEqual([503, '{"status":503,"message":"stunnerd not ready"}']);
    expect((await get(`${health}/live`))[0]).toBe(200);
  });

  test('status has what stunnerctl reads, and no secret', async () => {
    const [, text] = await get(`${health}/status`);
    expect(JSON.parse(text)).toMatchObject({
      version: 'v1',
      admin: { name: 'stunner/edge', loglevel: 'all:INFO' },
      auth: { type: 'ephemeral', realm: 'turn.example.com', credentials: { secret: '<masked>' } },
      listeners: [{ name: 'stunner/edge/tls', protocol: 'TURN-TLS', port: 5349, cert: 'PUBLIC', key: '<masked>' }],
      clusters: [
        { name: 'acme/janus', endpoints: ['10.1.0.0/24:<20000-20010>'], stats: { tx: { pkts: 2, bytes: 42 } } },
      ],
      allocationCount: 3,
      dtlsSessions: { current: 7, handshakes: 2 },
      socketProblems: { datagram: { 'send queue full': 6 }, stream: { 'not STUN': 8 }, dtls: {} },
      status: 'READY',
    });
    expect(text).not.toContain('do-not-tell');
  });

  test.each([
    [true, true, 'TERMINATING'],
    [false, false, 'NOT-READY'],
    [false, true, 'READY'],
  ])('draining %s, ready %s: status', async (draining, ready, status) => {
    Object.assign(view, { draining, ready });
    expect(JSON.parse((await get(`${health}/status`))[1])).toMatchObject({ status });
  });

  test("metrics by stunnerd's names", async () => {
    const [, text] = await get(metrics);
    for (const line of [
      'stunner_allocations_active 3',
      'stunner_listener_connections{name="stunner/edge/tls"} 2',
      'stunner_listener_connections_total{name="stunner/edge/tls"} 9',
      'stunner_listener_packets_total{name="stunner/edge/tls",direction="rx"} 1',
      'stunner_listener_bytes_total{name="stunner/edge/tls",direction="tx"} 42',
      'stunner_cluster_bytes_total{name="acme/janus",direction="rx"} 100',
      'turn_packets_dropped_total{reason="malformed"} 4',
      'turn_requests_refused_total{reason="user quota"} 3',
      'turn_limit{limit="allocations"} 18000',
      'turn_peers_denied_total{reason="no-route"} 1',
      'turn_authentication_failures_total 5',
      'turn_dtls_sessions{state="handshake"} 2',
      'turn_dtls_sessions{state="established"} 5',
      'turn_socket_problems_total{sockets="datagram",reason="send queue full"} 6',
      'turn_socket_problems_total{sockets="stream",reason="not STUN"} 8',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // Asked again, counters are not added up again.
    expect((await get(metrics))[1]).toContain('turn_authentication_failures_total 5\n');
  });

  test('other paths and methods are refused', async () => {
    expect((await get(`${health}/`))[0]).toBe(404);
    expect((await get(`${health}/live`, 'POST'))[0]).toBe(405);
    expect((await get(metrics.replace('/metrics', '/other')))[0]).toBe(404);
  });

  test.each(['//', '//:', 'http://[', '*', '/%zz'])('a request for %s is answered, and ends nothing', async path => {
    const { hostname, port } = new URL(health);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path }, response => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
    expect((await get(`${health}/live`))[0]).toBe(200);
  });

  test('follow the configuration to another port, and to none', async () => {
    const moved = `http://127.0.0.1:${await freePort()}`;
    admin.apply({ healthEndpoint: moved });
    expect((await get(`${moved}/live`))[0]).toBe(200);
    await expect(fetch(`${health}/live`)).rejects.toThrow();
    await expect(fetch(metrics)).rejects.toThrow();
  });

  test('a port in use is told, and no reason to fail', async () => {
    const second = new Admin(view, logger);
    second.apply({ healthEndpoint: health });
    for (let i = 0; i < 100 && errors.length === 0; i++) await new Promise(resolve => setTimeout(resolve, 10));
    expect(errors).toEqual([expect.stringMatching(/^the health server fails: .*EADDRINUSE/)]);
    second.close();
  });
});

test.each([
  ['http://:8086', { host: undefined, port: 8086, path: '/' }],
  ['http://:8080/metrics', { host: undefined, port: 8080, path: '/metrics' }],
  ['http://127.0.0.1:9', { host: '127.0.0.1', port: 9, path: '/' }],
  ['http://[::1]:9/m', { host: '::1', port: 9, path: '/m' }],
  ['http://host', { host: 'host', port: 80, path: '/' }],
])('endpoint %s', (text, parts) => {
  expect(parseEndpoint(text)).toEqual(parts);
});

test.each(['8086', 'https://:8086', 'http://:port', 'ftp://x'])('%s is no endpoint', text => {
  expect(isEndpoint(text)).toBe(false);
  expect(() => parseEndpoint(text)).toThrow('not an endpoint');
});
