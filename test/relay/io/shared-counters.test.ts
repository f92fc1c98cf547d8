import { Worker } from 'node:worker_threads';
import { counterMemory, CounterWriter } from '../../../relay/src/io/shared-counters';
import { WorkerReports } from '../../../relay/src/io/worker-reports';
import { Traffic } from '../../../relay/src/turn/traffic';

function setUp(...workers: number[]) {
  const reports = new WorkerReports();
  const writers = workers.map(
    worker => new CounterWriter(reports.begin(worker), place => reports.placed(worker, place)),
  );
  return { reports, writers };
}

function traffic(rxPackets: number): Traffic {
  return Object.assign(new Traffic(), { rxPackets, rxBytes: 2, txPackets: 3, txBytes: 4 });
}

test('numbers are sums over all workers and the main thread, as they are at the moment of reading', () => {
  const { reports, writers } = setUp(1, 2);
  writers[0]!.number('drops', 'malformed', 5);
  writers[1]!.number('drops', 'malformed', 7);
  writers[1]!.number('drops', 'too-long', 1);
  writers[0]!.number('gauges', 'allocations', 3);
  writers[1]!.number('gauges', 'allocations', 4);
  expect(reports.numbers('drops', [['malformed', 100]])).toEqual(
    new Map([
      ['malformed', 112],
      ['too-long', 1],
    ]),
  );
  expect(reports.allocations).toBe(7);
  writers[0]!.number('drops', 'malformed', 6);
  expect(reports.numbers('drops', []).get('malformed')).toBe(13);
});

test('traffic by name likewise', () => {
  const { reports, writers } = setUp(1, 2);
  writers[0]!.traffic('routes', 'acme/a', traffic(1));
  writers[1]!.traffic('routes', 'acme/a', traffic(10));
  writers[1]!.traffic('listeners', 'acme/a', traffic(1000));
  expect(reports.traffic('routes', [['acme/a', traffic(100)]]).get('acme/a')).toEqual(
    Object.assign(new Traffic(), { rxPackets: 111, rxBytes: 6, txPackets: 9, txBytes: 12 }),
  );
});

test('a worker that has ended still counts, but for what ended with it', () => {
  const { reports, writers } = setUp(1, 2);
  writers[0]!.number('drops', 'malformed', 5);
  writers[0]!.number('totals', 'authentication failures', 2);
  writers[0]!.number('gauges', 'allocations', 3);
  reports.ended(1);
  reports.ended(2);
  expect(reports.numbers('drops', []).get('malformed')).toBe(5);
  expect(reports.authenticationFailures).toBe(2);
  expect(reports.allocations).toBe(0);
});

test('memory grows with the names, and what was counted stays', () => {
  const { reports, writers } = setUp(1);
  for (let i = 0; i < 5000; i++) writers[0]!.traffic('routes', `acme/${i}`, traffic(i));
  const routes = reports.traffic('routes', []);
  expect(routes.size).toBe(5000);
  expect([0, 511, 512, 4999].map(i => routes.get(`acme/${i}`)!.rxPackets)).toEqual([0, 511, 512, 4999]);
});

test('names beyond the most memory are not counted, and disturb no other', () => {
  const memory = new SharedArrayBuffer(16, { maxByteLength: 16 });
  const placed: string[] = [];
  const writer = new CounterWriter(memory, ({ name }) => placed.push(name));
  for (const name of ['a', 'b', 'c', 'c']) writer.number('drops', name, 9);
  expect(placed).toEqual(['a', 'b']);
  expect([...new Float64Array(memory)]).toEqual([9, 9]);
});

test('another thread writes while this one reads: no number is ever torn', async () => {
  const memory = counterMemory();
  const code = `
    const { workerData } = require('node:worker_threads');
    const cells = new Float64Array(workerData);
    const [a, b] = [1 / 3, -(2 ** 52)];
    for (const until = Date.now() + 300; Date.now() < until; ) for (let i = 0; i < 10000; i++) cells[0] = i % 2 ? a : b;
  `;
  const worker = new Worker(code, { eval: true, workerData: memory });
  const ended = new Promise(resolve => worker.on('exit', resolve));
  const cells = new Float64Array(memory);
  const seen = new Set<number>();
  const until = Date.now() + 400;
  while (Date.now() < until) for (let i = 0; i < 10_000; i++) seen.add(cells[0]!);
  await ended;
  seen.delete(0);
  expect([...seen].sort()).toEqual([-(2 ** 52), 1 / 3]);
});
