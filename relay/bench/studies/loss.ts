import { SCENARIOS } from '../scenario';
import { percent, type Study, type StudyContext, withServer } from './study';

/** Streams lose nothing on the way, they wait. */
const LOADS = SCENARIOS.filter(
  ({ rate, indications, transport }) => rate === undefined && indications !== true && transport === 'udp',
);
/** Of what the relay can relay at most. */
const LOAD = 0.9;

export const loss: Study = {
  question: 'what is lost at 90 % of the highest rate?',
  async *run({ generator, seconds }: StudyContext) {
    for (const scenario of LOADS) {
      yield await withServer('relay', { family: scenario.family }, async ({ target, pid }) => {
        const job = { target, pid, warmUpSeconds: 1, verify: false, release: true };
        const most = await generator.traffic({ ...job, scenario, seconds: 2 });
        const rate = Math.floor((most.received / most.seconds) * LOAD);
        const found = await generator.traffic({ ...job, scenario: { ...scenario, rate }, seconds: seconds || 5 });
        const offered = Math.round(found.sent / found.seconds);
        const [byRelay, byGenerator] = [found.lost - found.overrun, found.overrun].map(n => percent(n / found.sent));
        const busy = ((found.cpuSeconds / found.seconds) * 100).toFixed(0);
        return `${scenario.name}: ${byRelay} of ${found.sent}, and ${byGenerator} at the generator; offered ${offered}/s of ${rate}/s, relay ${busy} % busy`;
      });
    }
  },
};
