import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { SharedUsage, usageMemory } from '../../../relay/src/io/shared-usage';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';
import { Usage } from '../../../relay/src/turn/usage';

test('what one thread publishes, all others see; never its own', () => {
  const memory = usageMemory(3, 10);
  const [a, b, c] = [0, 1, 2].map(thread => new SharedUsage(memory, thread));
  a!.publish('user alice', 2);
  b!.publish('user alice', 3);
  expect([a, b, c].map(each => each!.others('user alice'))).toEqual([3, 2, 5]);
  expect(c!.others('user bob')).toBe(0);
  b!.publish('user alice', 0);
  expect(c!.others('user alice')).toBe(2);
});

test('a thread that has ended has nothing, and its table serves the next', () => {
  const memory = usageMemory(2, 10);
  const [main, gone] = [new SharedUsage(memory, 0), new SharedUsage(memory, 1)];
  for (let i = 0; i < 15; i++) gone.publish(`user ${i}`, 1);
  main.clear(1);
  expect(main.others('user 3')).toBe(0);
  new SharedUsage(memory, 1).publish('user 3', 7);
  expect(main.others('user 3')).toBe(7);
});

test('a full table keeps what it has, right to the last', () => {
  const memory = usageMemory(2, 1);
  const [main, other] = [new SharedUsage(memory, 0), new SharedUsage(memory, 1)];
  for (let i = 0; i < 20; i++) other.publish(`user ${i}`, i + 1);
  const seen = Array.from({ length: 20 }, (_, i) => main.others(`user ${i}`));
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, ...new Array<number>(13).fill(0)]);
  for (let i = 0; i < 20; i++) other.publish(`user ${i}`, 0);
  other.publish('user late', 9);
  expect(main.others('user late')).toBe(9);
});

test('however counts come and go, a table says what a map would', () => {
  const step = fc.record({ thread: fc.nat(2), key: fc.nat(12), count: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), steps => {
      // Tables so small that entries push each other along.
      const memory = usageMemory(3, 3);
      const threads = [0, 1, 2].map(thread => new SharedUsage(memory, thread));
      const model = [0, 1, 2].map(() => new Map<number, number>());
      for (const { thread, key, count } of steps) {
        threads[thread]!.publish(`${key}`, count);
        model[thread]!.set(key, count);
      }
      for (let key = 0; key <= 12; key++) {
        const counts = model.map(each => each.get(key) ?? 0);
        const sum = counts.reduce((a, b) => a + b);
        expect(threads.map(each => each.others(`${key}`))).toEqual(counts.map(own => sum - own));
      }
    }),
  );
});

test('what was refused, or is withdrawn, is charged nowhere', () => {
  const memory = usageMemory(2, 10);
  const [usage, other] = [new Usage(new SharedUsage(memory, 0)), new SharedUsage(memory, 1)];
  const alice = { identity: { userId: 'alice', scope: { kind: 'gateway' } }, source: '1' } as const;
  const seen = (): number[] => ['user alice', 'source 1', 'all'].map(key => other.others(key));
  usage.charge(alice);
  expect(usage.exceeded(alice, { ...DEFAULT_LIMITS, allocationsPerStaticUser: 1 })).toBe('user quota');
  expect(seen()).toEqual([1, 1, 1]);
  expect(usage.exceeded(alice, DEFAULT_LIMITS)).toBeUndefined();
  expect(seen()).toEqual([2, 2, 2]);
  usage.withdraw(alice);
  expect(seen()).toEqual([1, 1, 1]);
});

test('a thread that is suspended in the middle of a change is waited for', async () => {
  const memory = usageMemory(2, 10);
  new SharedUsage(memory, 1).publish('user alice', 3);
  const words = new Int32Array(memory.tables);
  const [table, count] = [words.length / 2, words.lastIndexOf(3)];
  // Takes the entry away, and then has it again.
  const suspended = `
    const { words, table, count } = require('node:worker_threads').workerData;
    Atomics.add(words, table, 1);
    Atomics.store(words, count, 0);
    require('node:worker_threads').parentPort.postMessage('suspended');
    Atomics.wait(words, table, Atomics.load(words, table), 30);
    Atomics.store(words, count, 3);
    Atomics.add(words, table, 1);`;
  const worker = new Worker(suspended, { eval: true, workerData: { words, table, count } });
  await once(worker, 'message');
  expect(new SharedUsage(memory, 0).others('user alice')).toBe(3);
  await once(worker, 'exit');
});

test('a thread that died in the middle of a change holds nobody up for long', () => {
  const memory = usageMemory(2, 10);
  const words = new Int32Array(memory.tables);
  words[words.length / 2] = 1;
  expect(new SharedUsage(memory, 0).others('user alice')).toBe(0);
});

describe('threads that race for the same quota', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-test-'));
  const entry = join(folder, 'usage-racer.cjs');
  beforeAll(() => {
    buildSync({ entryPoints: [join(__dirname, 'usage-racer.ts')], outfile: entry, bundle: true, platform: 'node' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('never have more together than it says, and use it', async () => {
    const [threads, limit] = [3, 4];
    // As full as it may be: what one thread gives back moves what others look for.
    const memory = usageMemory(threads, 15);
    const held = new SharedArrayBuffer(8);
    const workers = Array.from(
      { length: threads },
      (_, thread) => new Worker(entry, { workerData: { memory, thread, limit, held, milliseconds: 1500 } }),
    );
    const results = await Promise.all(
      workers.map(
        worker =>
          new Promise<{ most: number; times: number }>((resolve, reject) => {
            worker.on('message', resolve);
            worker.on('error', reject);
          }),
      ),
    );
    expect(Math.max(...results.map(({ most }) => most))).toBe(limit);
    for (const { times } of results) expect(times).toBeGreaterThan(100);
  });
});
