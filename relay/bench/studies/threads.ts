import { availableParallelism } from 'node:os';
import { threadTimes } from '../cpu-time';
import { scenario } from '../scenario';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const LOAD = scenario('100 clients, 1200 B, bursts of 8, saturated');
const RELAY_CPUS = '0,1';
/** Two, for one keeps no more than one relay thread busy; with a CPU each where there are enough. */
const GENERATOR_CPUS = availableParallelism() >= 4 ? ['2', '3'] : ['0,1', '0,1'];

interface Throughput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  /** CPUs' worth that the relay and the generators had. */
  readonly relay: number;
  readonly generators: number;
  /** Share of the relay's CPU time that its busiest thread had. */
  readonly busiest: number;
}

/**
 * Where relay and generators share two CPUs, the rate says little: they have all there is. What a second thread takes
 * from the first shows then in the datagrams for each second of CPU time, and how far two threads could go in the share
 * of the busier one.
 */
export const threads: Study = {
  question: 'what does a second UDP thread add?',
  async *run(context: StudyContext) {
    const found: Record<1 | 2, Throughput[]> = { 1: [], 2: [] };
    for (let round = 0; round < context.rounds; round++) {
      for (const count of [1, 2] as const) found[count].push(await throughputOf(context, count));
    }
    const of = (count: 1 | 2, what: keyof Throughput): number => median(found[count].map(each => each[what]));
    for (const count of [1, 2] as const) {
      const [rate, perCpu] = [Math.round(of(count, 'perSecond')), Math.round(of(count, 'perCpuSecond'))];
      const used = `relay ${of(count, 'relay').toFixed(2)}, generators ${of(count, 'generators').toFixed(2)}`;
      yield `${count}: ${rate}/s, ${perCpu} for each CPU second; CPUs: ${used}`;
    }
    const perCpu = of(2, 'perCpuSecond') / of(1, 'perCpuSecond');
    const busiest = of(2, 'busiest');
    yield `two to one: ${(of(2, 'perSecond') / of(1, 'perSecond')).toFixed(2)} in rate, ${perCpu.toFixed(2)} for each CPU second`;
    yield `the busier of two threads does ${(busiest * 100).toFixed(0)} %: at most ${(perCpu / busiest).toFixed(2)} with a CPU for each`;
    const all = of(2, 'relay') + of(2, 'generators');
    if (GENERATOR_CPUS[0] === RELAY_CPUS)
      yield `relay and generators share two CPUs and had ${all.toFixed(2)} of them: the rate is theirs together`;
  },
};

async function throughputOf({ generator, seconds }: StudyContext, count: number): Promise<Throughput> {
  return withServer('relay', { threads: count, cpus: RELAY_CPUS }, async ({ target, pid }) => {
    const job = { scenario: LOAD, target, pid, warmUpSeconds: 1, seconds: seconds || 3, verify: false };
    const half = { ...job, scenario: { ...LOAD, clients: LOAD.clients / 2, window: LOAD.window / 2 } };
    const before = threadTimes(pid);
    const [one, other] = await Promise.all([
      generator.traffic(half, GENERATOR_CPUS[0]),
      generator.traffic(half, GENERATOR_CPUS[1]),
    ]);
    const times = [...threadTimes(pid)].map(([task, time]) => time - (before.get(task) ?? 0));
    // Each has measured the whole relay, over nearly the same time.
    const relaySeconds = (one.cpuSeconds + other.cpuSeconds) / 2;
    return {
      perSecond: one.received / one.seconds + other.received / other.seconds,
      perCpuSecond: (one.received + other.received) / relaySeconds,
      relay: relaySeconds / one.seconds,
      generators: one.generatorSeconds / one.seconds + other.generatorSeconds / other.seconds,
      busiest: Math.max(...times) / times.reduce((sum, time) => sum + time, 0),
    };
  });
}
