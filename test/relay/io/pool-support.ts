import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import type { WorkerConfig } from '../../../relay/src/io/worker-messages';
import { WorkerPool } from '../../../relay/src/io/worker-pool';
import { ALICE } from '../turn/harness';
import { eventually, freePort, listenerConfig } from './support';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc, segmentation } = support;

export const LISTENER = 'stunner/edge/udp';

/** Builds the file that workers run, and removes it in the end. Beside the relay's own build, from where koffi is found. */
export function workerEntry(): string {
  const folder = mkdtempSync(join(__dirname, '../../../relay/dist-test-'));
  const outfile = join(folder, 'udp-worker.cjs');
  beforeAll(() => {
    const entryPoints = [join(__dirname, '../../../relay/src/udp-worker.ts')];
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external: ['koffi'] });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return outfile;
}

export interface PoolUnderTest {
  readonly pool: WorkerPool;
  /** Lines of its log, and what its listeners say. */
  readonly heard: string[];
}

export function startPool(entry: string, count = 2): PoolUnderTest {
  const heard: string[] = [];
  const say = (message: string): void => void heard.push(message);
  const pool = new WorkerPool({
    libc,
    entry,
    count,
    allocations: 100,
    setup: { logFormat: 'text', segmentation, relayAddresses: ['127.0.0.1'] },
    events: {
      listening: ({ name }) => say(`${name} listens`),
      listenerProblem: (_, problem) => say(problem),
    },
    logger: { error: say, warn: say, info: say, debug: say, trace: say, isEnabled: () => true },
    log: say,
  });
  return { pool, heard };
}

/** One UDP listener; its clients reach 127.0.0.2. */
export function poolSettings(port: number, overrides: Partial<WorkerConfig> = {}): Omit<WorkerConfig, 'listeners'> {
  return {
    config: {
      name: 'a/b',
      realm: 'test',
      logLevel: '',
      credentials: [ALICE],
      listeners: [listenerConfig({ port, routes: ['acme/peer'] })],
      clusters: [
        {
          name: 'acme/peer',
          namespace: 'acme',
          protocol: 'udp',
          peers: [{ prefix: '127.0.0.2/32', minPort: 1, maxPort: 65_535 }],
        },
      ],
    },
    logLevel: 'all:WARN',
    allowPeers: ['127.0.0.0/8'],
    env: {},
    hostAddresses: [],
    limits: {},
    ...overrides,
  };
}

/** Puts the settings in force on a free port. */
export async function listening(pool: WorkerPool, overrides: Partial<WorkerConfig> = {}): Promise<number> {
  const port = await freePort();
  pool.apply(poolSettings(port, overrides));
  await eventually('the listener', () => pool.isListening(LISTENER));
  return port;
}

/** Descriptors that this process has, all threads together. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The same once nothing of an earlier test is still being closed. */
export async function settledDescriptors(): Promise<number> {
  for (let last = openDescriptors(); ;) {
    await sleep(100);
    const now = openDescriptors();
    if (now === last) return now;
    last = now;
  }
}
