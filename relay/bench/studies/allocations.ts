import type { AllocationsMark } from '../allocations';
import type { ServerName } from '../installed-servers';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const [FEW, MANY] = [1000, 10_000];
/** Just started, and once more when all have been released: by then a just-in-time compiler has compiled. */
const PASSES = 2;

interface Cost {
  readonly bytes: number;
  readonly microseconds: readonly number[];
}

export const allocations: Study = {
  question: 'what does an allocation with a channel cost, in memory and CPU time, between 1000 and 10000 of them?',
  async *run(context: StudyContext) {
    const names = context.servers.filter(name => name === 'relay' || name === 'coturn');
    const costs = new Map<ServerName, Cost[]>(names.map(name => [name, []]));
    for (let round = 0; round < context.rounds; round++) {
      for (const name of names) costs.get(name)!.push(await costOf(context, name));
    }
    for (const [name, found] of costs) {
      const bytes = median(found.map(cost => cost.bytes));
      const [first, again] = Array.from({ length: PASSES }, (_, pass) =>
        perSecond(median(found.map(cost => cost.microseconds[pass]!))),
      );
      yield `${name}: ${Math.round(bytes)} bytes; on one core ${first}, and when they are made again ${again}`;
    }
  },
};

function perSecond(microseconds: number): string {
  return `${Math.round(1e6 / microseconds)}/s (${microseconds.toFixed(0)} us of CPU)`;
}

async function costOf({ generator }: StudyContext, name: ServerName): Promise<Cost> {
  return withServer(name, {}, async ({ target, pid }) => {
    const job = { target, pid, marks: [FEW, MANY], passes: PASSES };
    const marks = (await generator.run('allocations', job, 300)) as AllocationsMark[];
    const between = (pass: number, what: 'residentKiB' | 'cpuSeconds'): number => {
      const [few, many] = marks.filter(mark => mark.pass === pass);
      return (many![what] - few![what]) / (MANY - FEW);
    };
    const passes = Array.from({ length: PASSES }, (_, i) => i + 1);
    return {
      bytes: between(1, 'residentKiB') * 1024,
      microseconds: passes.map(pass => between(pass, 'cpuSeconds') * 1e6),
    };
  });
}
