import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import type { WorkerConfig } from '../../../relay/src/io/worker-messages';
import { WorkerPool } from '../../../relay/src/io/worker-pool';
import { bindingRequest, eventually, freePort, listenerConfig, UdpPeer } from './support';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc } = support;

// Beside the relay's own build, from where its native module is found.
const folder = mkdtempSync(join(__dirname, '../../../relay/dist-test-'));
const entry = join(folder, 'udp-worker.cjs');
beforeAll(() => {
  const entryPoints = [join(__dirname, '../../../relay/src/udp-worker.ts')];
  buildSync({ entryPoints, outfile: entry, bundle: true, platform: 'node', format: 'cjs', external: ['koffi'] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

function setUp(count = 2) {
  const heard: string[] = [];
  const say = (message: string): void => void heard.push(message);
  const pool = new WorkerPool({
    libc,
    entry,
    count,
    setup: { logFormat: 'text', relayAddresses: ['127.0.0.1'] },
    events: {
      listening: ({ name }) => say(`${name} listens`),
      listenerProblem: (_, problem) => say(problem),
    },
    logger: { error: say, warn: say, info: say, debug: say, trace: say, isEnabled: () => true },
    log: say,
  });
  closers.push(pool);
  return { pool, heard };
}

function settings(port: number, overrides: Partial<WorkerConfig> = {}): Omit<WorkerConfig, 'listeners'> {
  const listeners = [listenerConfig({ port })];
  return {
    config: { name: 'a/b', realm: 'test', logLevel: '', credentials: [], listeners, clusters: [] },
    logLevel: 'all:WARN',
    allowPeers: [],
    env: {},
    hostAddresses: [],
    limits: {},
    ...overrides,
  };
}

async function answered(port: number): Promise<UdpPeer> {
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  client.send(bindingRequest(1), port, '127.0.0.1');
  await eventually('the answer', () => client.received.length === 1);
  return client;
}

test('workers share a listener: every client is answered, and all packets are counted', async () => {
  const { pool, heard } = setUp();
  const port = await freePort();
  pool.apply(settings(port));
  await eventually('the listener', () => pool.isListening('stunner/edge/udp'));
  expect(heard).toEqual(['stunner/edge/udp listens']);
  for (let i = 0; i < 16; i++) expect((await answered(port)).received[0]!.bytes.readUInt16BE(0)).toBe(0x0101);
  const counted = (): number => pool.reports.traffic('listeners', []).get('stunner/edge/udp')?.rxPackets ?? 0;
  await eventually('sixteen packets in the reports', () => counted() === 16);
});

test('a port that another socket has is a problem, and nothing is shared with it', async () => {
  const stranger = await UdpPeer.bind('0.0.0.0');
  closers.push(stranger);
  const { pool, heard } = setUp(1);
  pool.apply(settings(stranger.port));
  expect(heard).toEqual([expect.stringContaining(`cannot listen on UDP ${stranger.port}: address in use`)]);
  expect(pool.isListening('stunner/edge/udp')).toBe(false);
});

test('a worker that crashes is reported and replaced, and its replacement serves', async () => {
  const { pool, heard } = setUp(1);
  const port = await freePort();
  pool.apply(settings(port));
  await eventually('the listener', () => pool.isListening('stunner/edge/udp'));
  // Text that no checked configuration holds: the worker has no way to go on with it.
  pool.apply(settings(port, { allowPeers: ['nonsense'] }));
  await eventually('the report', () => heard.some(line => line.startsWith('a UDP worker has ended')));
  pool.apply(settings(port));
  await eventually('the listener again', () => pool.isListening('stunner/edge/udp'));
  await answered(port);
});

test('a drained pool without allocations is empty at once', async () => {
  const { pool } = setUp();
  pool.apply(settings(await freePort()));
  await new Promise<void>(resolve => pool.drain(resolve));
});

test('closed, it gives its port back', async () => {
  const { pool } = setUp();
  const port = await freePort();
  pool.apply(settings(port));
  await eventually('the listener', () => pool.isListening('stunner/edge/udp'));
  pool.close();
  let bound = false;
  for (let i = 0; i < 50 && !bound; i++) {
    bound = await UdpPeer.bind('0.0.0.0', port).then(
      peer => closers.push(peer) > 0,
      async () => new Promise<boolean>(resolve => setTimeout(() => resolve(false), 50)),
    );
  }
  expect(bound).toBe(true);
});
