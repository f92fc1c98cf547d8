import { during } from './calls-go-on';
import { iceServer } from './credentials';
import { EchoCall, NoRelay } from './echo-call';
import type { Host } from './host';
import { describeCalls } from './needs';
import { CLIENT, NODES, type NodesSite, nodeUri, type Place, startNodesSite } from './nodes-site';
import { SECRET } from './platform';

const [FIRST, SECOND] = NODES;
const BOTH = [FIRST.pod, SECOND.pod];

for (const policy of ['Cluster', 'Local'] as const)
  describeCalls(`a Service of two nodes, externalTrafficPolicy ${policy}`, () => {
    let site: NodesSite;
    beforeAll(async () => {
      site = await startNodesSite(policy);
      for (const pod of site.pods) countSources(pod);
    });
    afterAll(() => site.platform.stop());

    const select = (pods: readonly string[]): void => site.services.forEach(service => service.select(pods));
    const connect = (place: Place): Promise<EchoCall> =>
      EchoCall.connect(site.browser, site.janus, [iceServer(nodeUri(place), SECRET)]);
    const allocations = (): Promise<number[]> =>
      Promise.all(site.relays.map(async relay => (await relay.metrics()).allocations));

    test(`a relay on each: two calls by way of one node ${policy === 'Local' ? 'both stay there' : 'are shared'}`, async () => {
      select(BOTH);
      const calls = [await connect(0), await connect(0)];

      expect(await during(calls, () => Promise.resolve())).toEqual(['good', 'good']);
      expect(await allocations()).toEqual(policy === 'Local' ? [2, 0] : [1, 1]);
      for (const call of calls) await call.close();
    });

    test(`the relays see ${policy === 'Local' ? 'the client' : 'the node that it came by'}`, async () => {
      select(BOTH);
      const [seen, hidden] = policy === 'Local' ? [CLIENT, SECOND.inside] : [SECOND.inside, CLIENT];
      const before = packetsFrom(site.pods, seen);

      await (await connect(1)).close();
      // The other way round, to have been at both relays.
      await (await connect(1)).close();

      expect(packetsFrom(site.pods, seen)).toBeGreaterThan(before);
      expect(packetsFrom(site.pods, hidden)).toBe(0);
    });

    test(`no relay on one: who comes by it ${policy === 'Local' ? 'is dropped there' : 'has the other'}`, async () => {
      select([FIRST.pod]);
      const refused = site.services[1].dropped;

      if (policy === 'Local') {
        await expect(connect(1)).rejects.toThrow(NoRelay);
        expect(site.services[1].dropped).toBeGreaterThan(refused);
      } else {
        const call = await connect(1);
        expect(await during([call], () => Promise.resolve())).toEqual(['good']);
        expect(await allocations()).toEqual([1, 0]);
        await call.close();
      }
    });

    test('no relay on one: who comes by the other is served there', async () => {
      select([FIRST.pod]);
      const call = await connect(0);

      expect(await during([call], () => Promise.resolve())).toEqual(['good']);
      expect(await allocations()).toEqual([1, 0]);
      expect(site.services[0].dropped).toBe(0);
      await call.close();
    });
  });

const SOURCES = [CLIENT, FIRST.inside, SECOND.inside];

function countSources(pod: Host): void {
  const counters = SOURCES.map(source => `ip saddr ${source} counter`);
  pod.table('sources', { in: ['type filter hook input priority filter', ...counters] });
}

function packetsFrom(pods: readonly Host[], source: string): number {
  const counts = pods.map(pod => {
    const listed = pod.run('nft', ['list', 'table', 'inet', 'sources']);
    return Number(new RegExp(`${source} counter packets (\\d+)`).exec(listed)?.[1]);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
