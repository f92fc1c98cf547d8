import { Dataplane } from 'cdk8s-stunner';
import { controlPlaneAssets } from './assets';
import { ClusterSite, type Manifest, POD, type SiteRelay, until } from './cluster-site';
import { install } from './definitions';
import { gatewayApiRoute, routeDefinition, type RouteVersion } from './gateway-api-route';

const assets = controlPlaneAssets();
const missing =
  typeof assets === 'string' ? assets : POD === undefined ? 'an IPv4 address besides the loopback' : undefined;
if (missing !== undefined) console.warn(`SKIPPED: Gateway API's own UDPRoute needs ${missing}`);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

(missing === undefined ? describe : describe.skip).each<RouteVersion>(['v1', 'v1alpha2'])(
  "Gateway API's own UDPRoute %s",
  version => {
    let site: ClusterSite;
    let relay: SiteRelay;
    const route = gatewayApiRoute('media', version, { name: 'media', port: 1 });

    const conditions = async (): Promise<string[]> => {
      const path = `/apis/gateway.networking.k8s.io/${version}/namespaces/acme/udproutes/media`;
      const { status } = (await site.plane.call('GET', path)).body as {
        status?: { parents: { conditions: { type: string; status: string; reason: string }[] }[] };
      };
      return (status?.parents ?? []).flatMap(parent =>
        parent.conditions.map(condition => `${condition.type} ${condition.status} ${condition.reason}`),
      );
    };
    const statusSays = (expected: string): Promise<number> =>
      until(expected, async () => (await conditions()).includes(expected), 20_000);

    beforeAll(async () => {
      if (typeof assets === 'string') return;
      site = await ClusterSite.start(assets, Dataplane.standalone({ gatewayApiRoutes: true }));
      await install(site.plane, [routeDefinition(version)]);
      await site.remove(site.object('UDPRoute'));
      await site.apply(route);
      relay = await site.relay('--gateway-api-routes');
      await until('ready', async () => (await fetch(`${relay.health}/ready`)).status === 200);
    }, 120_000);
    afterAll(() => site.stop());

    test('is served with the rights that are rendered for it, and told in its status', async () => {
      expect(await site.call()).toBe('lossless');
      await statusSays('Accepted True Accepted');
      expect(await conditions()).toEqual(['Accepted True Accepted', 'ResolvedRefs True ResolvedRefs']);
    }, 40_000);

    test('is followed: a backend that is not there, and one that is', async () => {
      await site.apply(gatewayApiRoute('media', version, { name: 'gone', port: 1 }));
      await statusSays('ResolvedRefs False BackendNotFound');
      expect(await site.call()).toContain('error 403');
      await site.apply(route);
      await statusSays('ResolvedRefs True ResolvedRefs');
      expect(await site.call()).toBe('lossless');
    }, 60_000);

    test("gives way to STUNner's of the same name while there is one", async () => {
      await site.apply({ ...site.object('UDPRoute'), ...nowhere(site.object('UDPRoute')) });
      await statusSays('Accepted False Pending');
      expect(await site.call()).toContain('error 403');
      await site.remove(site.object('UDPRoute'));
      await statusSays('Accepted True Accepted');
      expect(await site.call()).toBe('lossless');
    }, 60_000);

    test('without the option a relay does not look at it', async () => {
      const plain = await site.relay('--dry-run');
      expect(await plain.exited).toBe(0);
      const opted = await site.relay('--dry-run', '--gateway-api-routes');
      expect(await opted.exited).toBe(0);
      const role = site.object('ClusterRole');
      const rules = (role.rules as readonly Rule[]).map(rule =>
        rule.apiGroups.includes('gateway.networking.k8s.io')
          ? { ...rule, resources: rule.resources.filter(each => !each.startsWith('udproutes')) }
          : rule,
      );
      await site.apply({ ...role, rules });
      const refused = await site.relay('--dry-run', '--gateway-api-routes');
      expect(await refused.exited).not.toBe(0);
      expect(refused.lines.map(({ msg }) => msg).join()).toMatch(
        /udproutes\.gateway\.networking\.k8s\.io may not be read: a ClusterRole with the rule .*"udproutes"/,
      );
      const stillPlain = await site.relay('--dry-run');
      expect(await stillPlain.exited).toBe(0);
      await site.apply(role);
    }, 60_000);
  },
);

/** The rendered route with a backend that leads nowhere. */
function nowhere({ spec }: Manifest): object {
  return { spec: { ...(spec as object), rules: [{ backendRefs: [{ name: 'media', port: 9 }] }] } };
}
