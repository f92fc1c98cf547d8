import { during } from './calls-go-on';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import type { Host } from './host';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import type { RelayPod } from './relay-pod';
import { CLIENT, PODS, SERVICE_URI, type ServiceSite, startServiceSite } from './service-site';
import { until } from './until';

const server = () => [iceServer(SERVICE_URI, SECRET)];

for (const policy of ['Cluster', 'Local'] as const)
  describeCalls(`two relays behind a Service, externalTrafficPolicy ${policy}`, () => {
    let site: ServiceSite;
    let relays: [RelayPod, RelayPod];
    beforeAll(async () => {
      site = await startServiceSite(policy);
      const first = await site.startRelay(0);
      site.service.select([PODS[0]]);
      countClients(site.hosts[0]);
      relays = [first, first];
    });
    afterAll(() => site.platform.stop());

    const connect = (): Promise<EchoCall> => EchoCall.connect(site.browser, site.janus, server());
    const allocations = async (place: 0 | 1): Promise<number> => (await relays[place].metrics()).allocations;
    let old: EchoCall;
    let young: EchoCall;

    test('scaled up: calls stay where they are, new ones are shared', async () => {
      old = await connect();
      expect(await allocations(0)).toBe(1);

      const qualities = await during([old], async () => {
        relays = [relays[0], await site.startRelay(1)];
        site.service.select(PODS);
      });
      const calls = [await connect(), await connect()];

      expect(qualities).toEqual(['good']);
      expect(await allocations(1)).toBe(1);
      expect(await allocations(0)).toBe(2);
      for (const call of calls) await call.close();
    });

    test(
      policy === 'Local' ? 'the relay sees the client' : 'the relay sees the node in the place of the client',
      () => {
        expect(packetsFromClient(site.hosts[0]) > 0).toBe(policy === 'Local');
      },
    );

    test('one is drained: its call goes on to its end, new ones go to the other', async () => {
      const qualities = await during([old], async () => {
        site.service.select([PODS[1]]);
        relays[0].drain();
        young = await connect();
      });
      expect(qualities).toEqual(['good']);
      expect(await allocations(1)).toBe(1);

      await old.close();
      expect(await relays[0].log.exited).toBe(0);
    });

    test('one is killed: its call is back on the other after an ICE restart', async () => {
      // GIVEN a replacement of the one that was drained
      await relays[0].stop();
      relays = [await site.startRelay(0), relays[1]];
      site.service.select(PODS);

      // WHEN
      relays[1].kill();
      site.service.remove(PODS[1]);
      await until('end of consent', async () => (await young.report()).state !== 'connected');
      await young.restart(server());
      await young.connected();

      // THEN
      expect(await during([young], () => Promise.resolve())).toEqual(['good']);
      expect(await allocations(0)).toBe(1);
      await young.close();
    });
  });

function countClients(host: Host): void {
  host.table('clients', { in: ['type filter hook input priority filter', `ip saddr ${CLIENT} counter`] });
}

function packetsFromClient(host: Host): number {
  const listed = host.run('nft', ['list', 'table', 'inet', 'clients']);
  return Number(/counter packets (\d+)/.exec(listed)?.[1]);
}
