import { mapOf, mapsOf } from '../../relay/src/cluster-status/json';
import { controlPlaneAssets } from './assets';
import { ClusterSite, type SiteRelay, until } from './cluster-site';
import { conditionsOf, routePath } from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: replicas of the relay need ${assets}`);

/** A Lease is for 15 seconds, and looked at every two. */
const TAKEOVER_MS = 25_000;

(typeof assets === 'string' ? describe.skip : describe)(
  'three relays as processes, with the rights that are rendered',
  () => {
    let site: ClusterSite;
    const relays: SiteRelay[] = [];

    beforeAll(async () => {
      if (typeof assets === 'string') return;
      site = await ClusterSite.start(assets);
      for (let i = 0; i < 3; i++) relays.push(await site.relay());
    }, 120_000);
    afterAll(() => site.stop());

    const elected = (): SiteRelay[] =>
      relays.filter(({ lines }) => lines.some(({ msg }) => msg.includes('this replica writes status')));

    async function routeStatus(): Promise<string[]> {
      const { body } = await site.plane.call('GET', routePath('acme/media'));
      const [parent] = mapsOf(mapOf(body.status).parents);
      return conditionsOf(parent);
    }

    test('GIVEN all start together THEN one is elected and writes', async () => {
      await until('status is written', async () => (await routeStatus()).includes('ResolvedRefs=True/ResolvedRefs'));
      expect(elected()).toHaveLength(1);
    }, 60_000);

    test('GIVEN it is killed THEN another is elected and goes on', async () => {
      const [first] = elected();
      first!.signal('SIGKILL');
      await first!.exited;
      const route = site.object('UDPRoute');
      await site.apply({ ...route, spec: { ...mapOf(route.spec), rules: [{ backendRefs: [{ name: 'gone' }] }] } });
      const isTold = async (): Promise<boolean> => (await routeStatus()).includes('ResolvedRefs=False/BackendNotFound');
      await until('another tells of the change', isTold, TAKEOVER_MS);
      expect(elected()).toHaveLength(2);
    }, 60_000);

    test('GIVEN that one drains on SIGTERM THEN the last is elected before the Lease could expire', async () => {
      for (const relay of elected()) relay.signal('SIGTERM');
      await until('the last is elected', () => elected().length === 3, 5000);
    }, 30_000);
  },
);
