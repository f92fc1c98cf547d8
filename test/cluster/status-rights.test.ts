import { mapOf, mapsOf, type JsonMap } from '../../relay/src/cluster-status/json';
import { controlPlaneAssets } from './assets';
import {
  conditionsOf,
  eventually,
  GATEWAY,
  gateway,
  rendered,
  route,
  routePath,
  service,
  StatusSite,
  type Manifest,
} from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: rights to write status need ${assets}`);

const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${GATEWAY.namespace}/leases`;
const udp = { name: 'udp', port: 3478, protocol: 'TURN-UDP', allowedRoutes: { namespaces: { from: 'All' } } };

/** Rights to write, and what the log says where one is missing. */
const RIGHTS: readonly (readonly [verb: string, resource: string, complaint: RegExp])[] = [
  ['create', 'leases', /cannot create resource "leases"/],
  ['get', 'leases', /cannot get resource "leases"/],
  ['update', 'leases', /cannot update resource "leases"/],
  [
    'patch',
    'gatewayclasses/status',
    /a rule that permits patch gatewayclasses\/status of gateway\.networking\.k8s\.io/,
  ],
  ['patch', 'gateways/status', /a rule that permits patch gateways\/status of gateway\.networking\.k8s\.io/],
  ['patch', 'udproutes/status', /a rule that permits patch udproutes\/status of stunner\.l7mp\.io/],
  ['create', 'events', /cannot create resource "events" in API group "events\.k8s\.io"/],
  ['patch', 'events', /cannot patch resource "events" in API group "events\.k8s\.io"/],
];

const NOT_WRITING = new Set(['list', 'watch']);

interface Role extends Manifest {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

(typeof assets === 'string' ? describe.skip : describe)('rights to write that are rendered for the relay', () => {
  let site: StatusSite;
  const roles = rendered('ClusterRole', 'Role') as Role[];

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await StatusSite.start(assets);
    await site.apply(service('acme/sfu'), gateway([udp]));
  }, 120_000);
  afterAll(() => site.stop());

  /** Has everything written that is ever written. @returns what the replica logged. */
  async function writeAll(identity: string, isDone: (log: string) => boolean): Promise<string> {
    await site.plane.call('DELETE', `${LEASES}/${GATEWAY.name}`);
    // Nothing is as a status before it says.
    const [gatewayClass] = rendered('GatewayClass');
    await site.apply({ ...gatewayClass!, spec: { ...mapOf(gatewayClass!.spec), description: identity } });
    await site.remove(gateway([udp]), route('acme/sfu', []));
    await site.apply(gateway([udp]), route('acme/sfu', [{ name: 'sfu' }]));

    const replica = await site.replica(identity);
    const log = (): string => site.log.filter(line => line.startsWith(`${identity} `)).join('');
    const routeIs = (condition: string, backend: JsonMap): Promise<void> =>
      eventually(async () => {
        await site.apply(route('acme/sfu', [backend]));
        if (isDone(log())) return;
        const [parent] = mapsOf(mapOf((await site.read(routePath('acme/sfu'))).status).parents);
        expect(conditionsOf(parent)).toContain(condition);
      });
    for (let i = 0; i < 2 && !isDone(log()); i++) {
      await routeIs('ResolvedRefs=False/BackendNotFound', { name: 'gone' });
      await routeIs('ResolvedRefs=True/ResolvedRefs', { name: 'sfu' });
    }
    await eventually(() => expect(isDone(log()) || replica.isWriter).toBe(true));
    // The Lease is renewed, and Events are written, after that.
    await eventually(() => expect(isDone(log())).toBe(true), 3).catch(() => undefined);
    await replica.resign();
    return log();
  }

  test('suffice', async () => {
    expect(await writeAll('all', () => false)).not.toMatch(/forbidden|may not|not written/);
  }, 60_000);

  test('are those of the table, no more', () => {
    const writing = roles.flatMap(({ rules }) =>
      rules.flatMap(({ resources, verbs }) =>
        resources.flatMap(resource => verbs.filter(verb => !NOT_WRITING.has(verb)).map(verb => `${verb} ${resource}`)),
      ),
    );
    expect(writing.sort()).toEqual(RIGHTS.map(([verb, resource]) => `${verb} ${resource}`).sort());
  });

  test.each(RIGHTS)(
    '%s %s is needed, and the log names it where it is missing',
    async (verb, resource, complaint) => {
      const without = roles.map(role => ({
        ...role,
        rules: role.rules.flatMap(rule => {
          const rest = rule.verbs.filter(each => each !== verb);
          const others = rule.resources.filter(each => each !== resource);
          return [
            { ...rule, resources: others },
            ...(rule.resources.includes(resource) ? [{ ...rule, resources: [resource], verbs: rest }] : []),
          ].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
        }),
      }));
      await site.apply(...without);
      try {
        expect(await writeAll(`without ${verb} ${resource}`, log => complaint.test(log))).toMatch(complaint);
      } finally {
        await site.apply(...roles);
      }
    },
    60_000,
  );
});
