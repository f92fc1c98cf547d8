import { scenario } from '../scenario';
import type { ServerName } from '../installed-servers';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const SATURATED = scenario('1000 clients, 172 B, saturated');
/** Seconds after which what is hot is compiled: until then the compiler takes turns with it on the one CPU. */
const WARM_UP = 8;

/** At one rate for all: half of what the slower of relay and coturn relays at most. */
export const latency: Study = {
  question: 'how long does a datagram take at half load, 1000 clients?',
  async *run(context: StudyContext) {
    const names = context.servers.filter((name): name is 'relay' | 'coturn' => name === 'relay' || name === 'coturn');
    const most: number[] = [];
    for (const name of names) most.push(await mostOf(context, name));
    const rate = Math.floor(Math.min(...most) / 2);
    const found = new Map(names.map(name => [name, { median: [] as number[], p99: [] as number[] }]));
    for (let round = 0; round < context.rounds; round++) {
      for (const name of names) {
        const taken = await at(context, name, rate);
        found.get(name)!.median.push(taken.median);
        found.get(name)!.p99.push(taken.p99);
      }
    }
    for (const [name, taken] of found)
      yield `${name} at ${rate}/s: median ${median(taken.median)} us, 99 % within ${median(taken.p99)} us`;
  },
};

async function mostOf({ generator }: StudyContext, name: ServerName): Promise<number> {
  return withServer(name, {}, async ({ target, pid }) => {
    const job = { scenario: SATURATED, target, pid, warmUpSeconds: 1, seconds: 2, verify: false };
    const { received, seconds } = await generator.traffic(job);
    return received / seconds;
  });
}

async function at({ generator, seconds }: StudyContext, name: ServerName, rate: number) {
  return withServer(name, {}, async ({ target, pid }) => {
    const paced = { ...SATURATED, rate };
    const job = {
      scenario: paced,
      target,
      pid,
      warmUpSeconds: WARM_UP,
      seconds: seconds || 3,
      verify: false,
      arrivalTimes: true,
    };
    return (await generator.traffic(job)).latency;
  });
}
