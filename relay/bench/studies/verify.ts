import { scenario } from '../scenario';
import { percent, type Study, type StudyContext, withServer } from './study';

const LOADS = ['1000 clients, 172 B, 50k/s', '100 clients, 1200 B, bursts of 8, saturated'].map(scenario);
/** Until ten million datagrams have arrived, about. */
const SECONDS = 75;

export const verify: Study = {
  question: 'does every datagram arrive once, whole, and where it should, while the configuration changes each second?',
  async *run({ generator, seconds }: StudyContext) {
    for (const load of LOADS) {
      yield await withServer('relay', { threads: 1 }, async server => {
        const changing = setInterval(server.reconfigure, 1000);
        try {
          const { target, pid } = server;
          const job = { scenario: load, target, pid, warmUpSeconds: 1, seconds: seconds || SECONDS, verify: true };
          const { received, sent, reordered } = await generator.traffic(job);
          return `${load.name}: ${received} right, none wrong, none twice, ${reordered} late, ${percent(1 - received / sent)} lost`;
        } finally {
          clearInterval(changing);
        }
      });
    }
  },
};
