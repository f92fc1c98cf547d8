import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { problemText } from '../../../relay/src/config/config-source';
import { DiscoverySource } from '../../../relay/src/config/discovery-source';
import type { RelayConfig } from '../../../relay/src/config/relay-config';

/** A config discovery service on a real socket: it sends what it is told, and notes who asks for what. */
class Service {
  readonly requests: string[] = [];
  readonly watchers = new Set<WebSocket>();
  answer: string | undefined;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private server: Server | undefined;
  port = 0;

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.requests.push(request.url!);
      response.writeHead(this.answer === undefined ? 404 : 200).end(this.answer);
    });
    server.on('upgrade', (request, socket, head) => {
      this.requests.push(request.url!);
      this.sockets.handleUpgrade(request, socket, head, watcher => {
        this.watchers.add(watcher);
        watcher.on('close', () => this.watchers.delete(watcher));
        if (this.answer !== undefined) watcher.send(this.answer);
      });
    });
    await new Promise<void>(resolve => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  push(config: unknown): void {
    for (const watcher of this.watchers) watcher.send(JSON.stringify(config));
  }

  async stop(): Promise<void> {
    for (const watcher of this.watchers) watcher.terminate();
    await new Promise(resolve => this.server!.close(resolve));
  }
}

const ID = 'stunner/edge';
const config = (port: number, id = ID): object => ({
  version: 'v1',
  admin: { name: id, loglevel: 'all:INFO', healthcheck_endpoint: 'http://:8086', unheard_of: true },
  auth: { type: 'ephemeral', realm: 'turn.example.com', credentials: { secret: 'pa$$word' } },
  listeners: [{ name: `${id}/udp`, protocol: 'TURN-UDP', address: '$STUNNER_ADDR', port, routes: ['acme/janus'] }],
  clusters: [{ name: 'acme/janus', type: 'STATIC', protocol: 'UDP', endpoints: ['10.1.0.7:<20000-20010>'] }],
});
const ZERO = {
  version: 'v1',
  admin: { name: ID },
  auth: { type: 'static', credentials: { username: 'dummy', password: 'dummy' } },
};

describe('the config discovery service', () => {
  const service = new Service();
  const configs: RelayConfig[] = [];
  const problems: string[] = [];
  let source: DiscoverySource;

  const until = async (what: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !what(); i++) await new Promise(resolve => setTimeout(resolve, 25));
    expect(what()).toBe(true);
  };
  const startSource = (watch = true): Promise<void> => {
    source = new DiscoverySource({
      url: `http://127.0.0.1:${service.port}`,
      id: ID,
      node: 'node-7',
      env: { STUNNER_ADDR: '10.0.0.9' },
      watch,
    });
    return source.start({
      config: received => configs.push(received),
      problems: list => problems.push(...list.map(problemText)),
    });
  };

  beforeEach(async () => {
    configs.length = problems.length = service.requests.length = 0;
    service.answer = JSON.stringify(config(3478));
    await service.start();
  });
  afterEach(async () => {
    await source.close();
    await service.stop();
  });

  test('is watched at the path of the gateway, and its configuration taken with the address filled in', async () => {
    await startSource();
    await until(() => configs.length === 1);
    expect(service.requests).toEqual(['/api/v1/configs/stunner/edge?node=node-7&watch=true']);
    expect(configs[0]).toMatchObject({ name: ID, listeners: [{ address: '10.0.0.9', port: 3478 }] });
    expect(configs[0]!.credentials).toContainEqual(expect.objectContaining({ secrets: ['pa$$word'] }));
  });

  test('sends changes; the same again is none', async () => {
    await startSource();
    await until(() => configs.length === 1);
    service.push(config(3478));
    service.push(config(3479));
    await until(() => configs.length === 2);
    expect(configs.map(({ listeners }) => listeners[0]!.port)).toEqual([3478, 3479]);
  });

  test('a zero configuration is no configuration: what runs runs on', async () => {
    await startSource();
    await until(() => configs.length === 1);
    service.push(ZERO);
    service.push(config(3480));
    await until(() => configs.length === 2);
    expect(configs[1]!.listeners[0]!.port).toBe(3480);
    expect(problems).toEqual([]);
  });

  test.each([
    ['no JSON at all', '{"version":', /:/],
    ['a port out of range', JSON.stringify(config(70_000)), /port/],
    [
      'of another gateway',
      JSON.stringify(config(3478, 'stunner/other')),
      /admin\.name: a configuration of another gateway/,
    ],
  ])('a configuration that is %s is told and not taken', async (_, text, pattern) => {
    await startSource();
    await until(() => configs.length === 1);
    for (const watcher of service.watchers) watcher.send(text);
    await until(() => problems.length > 0);
    expect(problems.join()).toMatch(pattern);
    expect(problems.join()).not.toContain('pa$$word');
    expect(configs).toHaveLength(1);
  });

  test('a service that goes away and comes back is found again', async () => {
    await startSource();
    await until(() => configs.length === 1);
    await service.stop();
    await until(() => problems.length > 0);
    service.answer = JSON.stringify(config(3481));
    await service.start();
    await until(() => configs.length === 2);
    expect(configs[1]!.listeners[0]!.port).toBe(3481);
  });

  test('a binary message ends the connection, and another one is made', async () => {
    await startSource();
    await until(() => configs.length === 1);
    for (const watcher of service.watchers) watcher.send(Buffer.from('{}'), { binary: true });
    await until(() => service.requests.length === 2);
  });

  test('without watching it is asked once, by plain HTTP', async () => {
    await startSource(false);
    expect(configs).toHaveLength(1);
    expect(service.requests).toEqual(['/api/v1/configs/stunner/edge?node=node-7']);
  });

  test('without watching, a gateway it does not know is a problem', async () => {
    service.answer = undefined;
    await startSource(false);
    expect(problems).toEqual([expect.stringContaining('the service answers 404')]);
  });
});
