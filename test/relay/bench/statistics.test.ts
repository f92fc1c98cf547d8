import { Latency } from '../../../relay/bench/latency';
import { table } from '../../../relay/bench/report';
import { scenario, type Measurement } from '../../../relay/bench/scenario';
import type { ServerName } from '../../../relay/bench/installed-servers';
import { median, summarize, type Run } from '../../../relay/bench/statistics';
import { Tally } from '../../../relay/bench/tally';

const LOAD = scenario('1000 clients, 172 B, 50k/s');

/** One second of traffic that cost so many microseconds of CPU for each datagram. */
function run(server: ServerName, round: number, microseconds: number, change: Partial<Measurement> = {}): Run {
  const measurement: Measurement = {
    sent: 50_000,
    received: 50_000,
    overrun: 0,
    lost: 0,
    wrong: 0,
    duplicates: 0,
    reordered: 0,
    seconds: 1,
    cpuSeconds: (50_000 * microseconds) / 1e6,
    generatorSeconds: 1,
    othersSeconds: [0, 0],
    latency: { median: 50, p99: 100 },
    ...change,
  };
  return { scenario: LOAD, server, round, measurement };
}

describe('the summary of runs', () => {
  const ofCoturn = (runs: readonly Run[]) => summarize(runs).find(({ server }) => server === 'coturn')!;

  test('pairs what ran in the same round, and takes the median of the ratios', () => {
    const relay = [run('relay', 1, 4), run('relay', 2, 9), run('relay', 3, 3)];
    const coturn = [run('coturn', 1, 8), run('coturn', 2, 10), run('coturn', 3, 4)];
    const { relayRatio, cpu, cleanPairs } = ofCoturn([...relay, ...coturn]);
    expect(relayRatio?.map(ratio => Number(ratio.toFixed(3)))).toEqual([0.5, 0.75, 0.9]);
    expect(cpu.map(Math.round)).toEqual([4, 8, 10]);
    expect(cleanPairs).toBe(3);
  });

  test.each<[string, Partial<Measurement>]>([
    ['another process had the CPU of the server', { othersSeconds: [0.21, 0] }],
    ['another process had the CPU of the generator', { othersSeconds: [0, 0.21] }],
    ['the generator did not keep the rate', { sent: 40_000 }],
  ])('a round in which %s does not count where another does', (_, change) => {
    const runs = [run('relay', 1, 4), run('coturn', 1, 8), run('relay', 2, 9, change), run('coturn', 2, 9)];
    const summary = ofCoturn(runs);
    expect(summary.relayRatio?.[1]).toBeCloseTo(0.5);
    expect(summary.cleanPairs).toBe(1);
  });

  test('says that nothing can be read from it where every round was disturbed', () => {
    const summaries = summarize([run('relay', 1, 4, { othersSeconds: [1, 0] }), run('coturn', 1, 8)]);
    expect(table(summaries)).toContain('unknown: all runs disturbed (0.9)');
  });

  test('a ratio above the target is a missed one', () => {
    expect(table(summarize([run('relay', 1, 9.5), run('coturn', 1, 10)]))).toContain('missed (0.9)');
    expect(table(summarize([run('relay', 1, 8.5), run('coturn', 1, 10)]))).toContain('met (0.9)');
  });

  test('a server that the relay did not run beside has no ratio', () => {
    expect(ofCoturn([run('relay', 1, 4), run('coturn', 2, 8)]).relayRatio).toBeUndefined();
  });
});

test.each([
  [[3], 3],
  [[9, 1, 4], 4],
  [[4, 1, 9, 2], 3],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

describe('the tally of datagrams', () => {
  test('tells late from twice, each client apart', () => {
    const tally = new Tally(2);
    for (const serial of [0, 2, 1, 2, 0, 40]) tally.receive(0, serial);
    tally.receive(1, 0);
    expect(tally).toMatchObject({ received: 5, duplicates: 2, reordered: 1 });
  });
});

describe('latency', () => {
  test('percentiles are of all datagrams, to five microseconds', () => {
    const latency = new Latency();
    for (let i = 0; i < 990; i++) latency.add(100);
    for (let i = 0; i < 10; i++) latency.add(4000);
    expect(latency.percentile(0.5)).toBe(105);
    expect(latency.percentile(0.99)).toBe(105);
    expect(latency.percentile(0.991)).toBe(4005);
  });

  test('starts anew after the warm-up, and stays in its bounds', () => {
    const latency = new Latency();
    latency.add(7);
    latency.clear();
    expect(latency.percentile(0.99)).toBe(0);
    latency.add(Infinity);
    latency.add(-3);
    expect(latency.percentile(0)).toBe(5);
    expect(latency.percentile(1)).toBe(1_000_000);
  });
});
