import { scenario, type Scenario } from '../scenario';
import type { RunningServer } from '../servers';
import { percent, type Study, type StudyContext, withServer } from './study';

const LOADS = [
  '1000 clients, 172 B, 50k/s',
  '100 clients, 1200 B, bursts of 8, saturated',
  'IPv6: 100 clients, 1200 B, bursts of 8, saturated',
  'TCP: 100 clients, 1200 B, bursts of 8, saturated',
  'TLS: 100 clients, 1200 B, bursts of 8, saturated',
].map(scenario);
/** Of all loads together. */
const PACKETS = 10_000_000;
/** Seconds in which a first part says how fast they come. */
const FIRST_PART = 2;

export const verify: Study = {
  question: 'does every datagram arrive once, whole, and where it should, while the configuration changes each second?',
  async *run({ generator, packets }: StudyContext) {
    let total = 0;
    for (const load of LOADS) {
      const wanted = Math.ceil((packets || PACKETS) / LOADS.length);
      // Two threads take each other's clients if anything is wrong with how they share.
      const options = { ...load, threads: 2, logLevel: 'all:INFO' };
      yield await withServer('relay', options, async server => {
        const changing = setInterval(server.reconfigure, 1000);
        try {
          const found = await relayed(generator.traffic.bind(generator), load, server, wanted);
          total += found.right;
          const configurations = server.output().split('in force').length - 1;
          return `${load.name}: ${found.right} right, none wrong, none twice, ${found.late} late, ${percent(found.loss)} lost; ${configurations} configurations`;
        } finally {
          clearInterval(changing);
        }
      });
    }
    yield `${total} in all`;
  },
};

/** Parts, for how long it takes is not known before. */
async function relayed(
  traffic: StudyContext['generator']['traffic'],
  load: Scenario,
  { target, pid }: RunningServer,
  wanted: number,
): Promise<{ right: number; late: number; loss: number }> {
  let [right, sent, lost, late] = [0, 0, 0, 0];
  for (let seconds = FIRST_PART; right < wanted;) {
    const part = await traffic({ scenario: load, target, pid, warmUpSeconds: 0, seconds, verify: true, release: true });
    right += part.received;
    sent += part.sent;
    lost += part.lost;
    late += part.reordered;
    seconds = Math.ceil(Math.max(1, wanted - right) / (part.received / part.seconds)) + 1;
  }
  return { right, late, loss: lost / sent };
}
