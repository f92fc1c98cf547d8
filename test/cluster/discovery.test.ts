import { RelayProcess } from '../../examples/demo/relay-process';
import { freePorts } from '../e2e/ports';
import { BUNDLE, HERE, MEDIA } from '../e2e/site';
import { EchoPeer, uclient, verdict } from '../e2e/turnutils';
import { buildDiscoveryService, DiscoveryService } from './discovery-service';

const missing = buildDiscoveryService();
if (missing !== undefined) console.warn(`SKIPPED: the relay under STUNner's config discovery service needs ${missing}`);

const ID = 'stunner/edge';
const HEALTH = 'http://127.0.0.1:8086';

(missing === undefined ? describe : describe.skip)("the relay under STUNner's own config discovery service", () => {
  let service: DiscoveryService;
  let relay: RelayProcess;
  let echo: EchoPeer;
  let origin: string;
  let port: number;
  let peer: number;

  const config = (endpoints: readonly string[], password = 'correct-horse'): unknown => ({
    version: 'v1',
    admin: { name: ID, loglevel: 'all:INFO', healthcheck_endpoint: 'http://:8086', offload_engine: 'None' },
    auth: { type: 'static', realm: 'turn.example.com', credentials: { username: 'alice', password } },
    listeners: [
      { name: `${ID}/udp`, protocol: 'TURN-UDP', address: '$STUNNER_ADDR', port, routes: ['acme/janus', 'acme/gone'] },
    ],
    clusters: [{ name: 'acme/janus', type: 'STATIC', protocol: 'UDP', endpoints }],
  });
  const opened = (): string[] => [`${MEDIA}:<${peer}-${peer + 1}>`];
  const call = async (password = 'correct-horse'): Promise<string> =>
    verdict(
      await uclient([
        ...['-u', 'alice', '-w', password, '-p', String(port), '-e', MEDIA, '-r', String(peer)],
        ...['-n', '5', '-z', '5', '-c', HERE],
      ]),
    );
  const ready = async (): Promise<number> => (await fetch(`${HEALTH}/ready`)).status;
  const until = async (what: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      if (await what().catch(() => false)) return;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    throw new Error('it does not come about');
  };

  beforeAll(async () => {
    [port, peer] = [await freePorts(), await freePorts(2)];
    origin = `127.0.0.1:${await freePorts()}`;
    echo = await EchoPeer.start(peer);
    service = await DiscoveryService.start(origin);
    // What the operator puts into the pod.
    const env = {
      ...process.env,
      STUNNER_ADDR: HERE,
      STUNNER_NAME: 'edge',
      STUNNER_NAMESPACE: 'stunner',
      STUNNER_NODENAME: 'node-7',
      STUNNER_CONFIG_ORIGIN: `http://${origin}`,
    };
    relay = new RelayProcess(BUNDLE, ['-w', '--udp-thread-num=16', '--allow-peer', '127.0.0.0/8'], env);
  });
  afterAll(async () => {
    await relay.stop();
    await service.stop();
    await echo.stop();
  });

  test('is live before there is a configuration, and ready from the first one on', async () => {
    await until(async () => (await fetch(`${HEALTH}/live`)).status === 200);
    expect(await ready()).toBe(503);
    await service.serve(config(opened()));
    await until(async () => (await ready()) === 200);
    expect(await call()).toBe('lossless');
  });

  test('follows a change of routes and of credentials', async () => {
    await service.serve(config(['127.0.0.3']));
    await until(async () => (await call()).includes('403'));
    await service.serve(config(opened(), 'battery-staple'));
    await until(async () => (await call('battery-staple')) === 'lossless');
    expect(await call()).toContain('Cannot complete Allocation');
    await service.serve(config(opened()));
    await until(async () => (await call()) === 'lossless');
  });

  test('keeps what it has when its configuration is deleted, and when the service is gone', async () => {
    await service.delete(ID);
    expect(await call()).toBe('lossless');
    await service.stop();
    expect(await call()).toBe('lossless');
    expect(await ready()).toBe(200);
  });

  test('finds the service again', async () => {
    service = await DiscoveryService.start(origin);
    await service.serve(config(['127.0.0.3']));
    await until(async () => (await call()).includes('403'));
  });

  test('tells its status without its secrets', async () => {
    const text = await (await fetch(`${HEALTH}/status`)).text();
    expect(JSON.parse(text)).toMatchObject({ admin: { name: ID }, status: 'READY' });
    expect(text).not.toContain('correct-horse');
  });
});
