import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerPool } from '../../../relay/src/io/worker-pool';
import { Method } from '../../../relay/src/stun/constants';
import { listening, LISTENER, openDescriptors, settledDescriptors, startPool, workerEntry } from './pool-support';
import { bindingRequest, eventually, UdpPeer } from './support';
import { echoPeer, UdpTurnClient } from './udp-turn-client';

/** So many that the kernel does not give all of them to one thread but once in thousands of runs. */
const CLIENTS = 12;

const built = workerEntry();
const folder = dirname(built);
const closers: { close(): void }[] = [];
const pools: WorkerPool[] = [];
afterEach(async () => {
  for (const closer of [...closers.splice(0), ...pools]) closer.close();
  await eventually('the end of all workers', () => pools.every(({ running }) => running === 0));
  pools.length = 0;
});

/** A worker that ends in a certain way as soon as the file `end-<its number>` is there. */
function mortalWorker(way: string): string {
  const entry = join(folder, `mortal-${closers.length}-${Date.now()}.cjs`);
  const code = [
    "const { existsSync } = require('node:fs');",
    "const { workerData } = require('node:worker_threads');",
    'const now = performance.now.bind(performance);',
    `const file = __filename + '-end-' + workerData.number;`,
    `performance.now = () => { if (existsSync(file)) { ${way} } return now(); };`,
    "require('./udp-worker.cjs');",
  ];
  writeFileSync(entry, code.join('\n'));
  return entry;
}

/** Pieces of memory that are mapped for workers. */
function mapped(): number {
  return readFileSync('/proc/self/maps', 'utf8').match(/^[4-7][0-9a-f]{7}-/gm)?.length ?? 0;
}

async function clientsOf(port: number, peer: UdpPeer): Promise<UdpTurnClient[]> {
  const clients: UdpTurnClient[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = await UdpTurnClient.open(port);
    closers.push(client);
    clients.push(client);
    await client.allocate();
    await client.bind(0x4000, peer.port);
  }
  return clients;
}

describe.each([
  ['throws', "throw new Error('out of luck');"],
  // As when its memory is used up: no `finally` runs, and nothing is closed.
  ['is gone without a word', 'process.exit(1);'],
])('a worker that %s', (_, way) => {
  test('is reported and replaced; it costs its own sessions only, no descriptor, no memory, and no quota', async () => {
    const entry = mortalWorker(way);
    const { pool, heard } = startPool(entry);
    pools.push(pool);
    const port = await listening(pool, { limits: { allocationsPerStaticUser: CLIENTS } });
    const before = await settledDescriptors();
    const memory = mapped();
    expect(memory).toBeGreaterThan(0);
    const peer = await echoPeer();
    closers.push(peer);
    const clients = await clientsOf(port, peer);
    const late = await UdpTurnClient.open(port);
    closers.push(late);
    expect((await late.allocate()).code).toBe(486);

    writeFileSync(`${entry}-end-1`, '');
    await eventually('the report', () => heard.some(line => line.startsWith('a UDP worker has ended')));
    await eventually('the replacement', () => pool.isListening(LISTENER));

    const refreshed = await Promise.all(clients.map(client => client.request(Method.Refresh)));
    const survivors = clients.filter((_, i) => refreshed[i]!.code === undefined);
    expect(survivors.length).toBeGreaterThan(0);
    expect(survivors.length).toBeLessThan(CLIENTS);
    await eventually('what is left', () => pool.reports.allocations === survivors.length);
    for (const client of survivors) client.channelData(0x4000, 'still here');
    await eventually('their echoes', () => survivors.every(({ data }) => data.length === 1));

    for (const client of clients.filter(each => !survivors.includes(each))) {
      expect((await client.allocate()).code).toBeUndefined();
      await client.bind(0x4000, peer.port);
      client.channelData(0x4000, 'again');
      await eventually('its echo', () => client.data.length === 1);
    }
    for (const client of clients) {
      await client.request(Method.Refresh, writer => writer.uint32(0x000d, 0));
    }
    // The peer's and the clients' own are still open.
    expect(openDescriptors()).toBe(before + 2 + CLIENTS);
    expect(mapped()).toBe(memory);
  });
});

test('a worker that cannot be started leaves nothing behind', () => {
  const before = [openDescriptors(), mapped()];
  // Not an absolute path, nor a relative one.
  expect(() => startPool('udp-worker.cjs', 1)).toThrow('must be an absolute path');
  expect([openDescriptors(), mapped()]).toEqual(before);
});

describe('stopped, workers have ended within a second', () => {
  async function stopped(traffic: (port: number, pool: WorkerPool) => Promise<void>): Promise<number> {
    const before = openDescriptors();
    const { pool } = startPool(built);
    pools.push(pool);
    await traffic(await listening(pool), pool);
    const slow = await slowness();
    const begun = performance.now();
    pool.close();
    await eventually('the end', () => pool.running === 0);
    const took = performance.now() - begun;
    for (const closer of closers.splice(0)) closer.close();
    await eventually('all descriptors', () => openDescriptors() === before);
    return took / slow;
  }

  /** How many times as long as on a machine with nothing else to do a thread takes to come and go. */
  async function slowness(): Promise<number> {
    const begun = performance.now();
    await once(new Worker('', { eval: true }), 'exit');
    return Math.max(1, (performance.now() - begun) / 100);
  }

  test('without traffic', async () => {
    expect(await stopped(async () => Promise.resolve())).toBeLessThan(1000);
  });

  test('while more comes in than it can answer', async () => {
    const took = await stopped(async (port, pool) => {
      const flood = await UdpPeer.bind('127.0.0.1');
      const request = bindingRequest(1);
      const timer = setInterval(() => {
        for (let i = 0; i < 500; i++) flood.send(request, port, '127.0.0.1');
      }, 1);
      closers.push({ close: () => clearInterval(timer) }, flood);
      const received = (): number => pool.reports.traffic('listeners', []).get(LISTENER)?.rxPackets ?? 0;
      await eventually('much traffic', () => received() > 1000);
    });
    expect(took).toBeLessThan(1000);
  });
});
