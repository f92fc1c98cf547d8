import type { AllocationsMark } from '../allocations';
import type { ServerName } from '../servers';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const [FEW, MANY] = [1000, 10_000];

interface Cost {
  readonly bytes: number;
  readonly microseconds: number;
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
      const microseconds = median(found.map(cost => cost.microseconds));
      const bytes = median(found.map(cost => cost.bytes));
      const perSecond = Math.round(1e6 / microseconds);
      yield `${name}: ${Math.round(bytes)} bytes, ${microseconds.toFixed(0)} us of CPU (${perSecond} allocations/s on one core)`;
    }
  },
};

async function costOf({ generator }: StudyContext, name: ServerName): Promise<Cost> {
  return withServer(name, {}, async ({ target, pid }) => {
    const job = { target, pid, marks: [FEW, MANY] };
    const [few, many] = (await generator.run('allocations', job, 120)) as [AllocationsMark, AllocationsMark];
    return {
      bytes: ((many.residentKiB - few.residentKiB) * 1024) / (MANY - FEW),
      microseconds: ((many.cpuSeconds - few.cpuSeconds) * 1e6) / (MANY - FEW),
    };
  });
}
