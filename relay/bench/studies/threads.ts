import { cpuWhile } from '../run-generator';
import { scenario } from '../scenario';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const LOAD = scenario('100 clients, 1200 B, bursts of 8, saturated');

interface Throughput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

/**
 * Two CPUs for both: where the generator needs one of them, the rate says little, and datagrams for each second of CPU
 * time say whether a second thread takes anything from the first.
 */
export const threads: Study = {
  question: 'what does a second UDP thread add?',
  async *run(context: StudyContext) {
    const found: Record<1 | 2, Throughput[]> = { 1: [], 2: [] };
    for (let round = 0; round < context.rounds; round++) {
      for (const count of [1, 2] as const) found[count].push(await throughputOf(context, count));
    }
    const of = (count: 1 | 2, what: keyof Throughput): number => median(found[count].map(each => each[what]));
    for (const count of [1, 2] as const)
      yield `${count}: ${Math.round(of(count, 'perSecond'))}/s, ${Math.round(of(count, 'perCpuSecond'))} for each CPU second`;
    yield `two to one: ${(of(2, 'perSecond') / of(1, 'perSecond')).toFixed(2)} in rate, ${(of(2, 'perCpuSecond') / of(1, 'perCpuSecond')).toFixed(2)} for each CPU second`;
  },
};

async function throughputOf({ generator, seconds }: StudyContext, count: number): Promise<Throughput> {
  return withServer('relay', { threads: count, cpus: '0,1' }, async ({ target, pid }) => {
    const job = { scenario: LOAD, target, pid, warmUpSeconds: 1, seconds: seconds || 3, verify: false };
    const half = { ...job, scenario: { ...LOAD, clients: LOAD.clients / 2, window: LOAD.window / 2 } };
    // Two generators, for one keeps no more than one relay thread busy.
    const { result } = await cpuWhile(pid, () =>
      Promise.all([generator.traffic(half, '0,1'), generator.traffic(half, '0,1')]),
    );
    const [one, other] = result;
    return {
      perSecond: one.received / one.seconds + other.received / other.seconds,
      // Each has measured the whole relay, over nearly the same time.
      perCpuSecond: (one.received + other.received) / ((one.cpuSeconds + other.cpuSeconds) / 2),
    };
  });
}
