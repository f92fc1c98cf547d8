import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../relay/src/cluster-status/api';
import type { ClusterStatus } from '../../relay/src/cluster-status/cluster-status';
import { mapOf, mapsOf, type JsonMap } from '../../relay/src/cluster-status/json';
import { controlPlaneAssets } from './assets';
import {
  CLASS_PATH,
  conditionsOf,
  eventually,
  GATEWAY,
  gateway,
  GATEWAY_PATH,
  rendered,
  route,
  routePath,
  service,
  StatusSite,
} from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: writing status needs ${assets}`);

const udp = { name: 'udp', port: 3478, protocol: 'TURN-UDP', allowedRoutes: { namespaces: { from: 'All' } } };
const ADDRESS = { addresses: [{ type: 'IPAddress', value: '192.0.2.1' }] };
const OTHER = 'example.org/other';

/** Counts the writes of status that pass. */
class Counter implements Api {
  readonly writes: string[] = [];
  /** What happens once, at the last moment before a write. */
  interlude: (() => Promise<void>) | undefined;

  constructor(private readonly api: Api) {}

  readonly request: Api['request'] = async (method, path, options) => {
    if (method === 'PATCH' && path.endsWith('/status')) {
      this.writes.push(path);
      const { interlude } = this;
      this.interlude = undefined;
      await interlude?.();
    }
    return this.api.request(method, path, options);
  };
}

(typeof assets === 'string' ? describe.skip : describe)('status, with the rights that are rendered', () => {
  let site: StatusSite;
  const counters = new Map<string, Counter>();
  const replicas = new Map<string, ClusterStatus>();

  async function replica(identity: string): Promise<void> {
    const api = new Counter(site.api);
    counters.set(identity, api);
    replicas.set(identity, await site.replica(identity, { api }));
  }

  const writers = () => [...replicas].filter(([, each]) => each.isWriter).map(([identity]) => identity);
  const writes = () => [...counters.values()].flatMap(counter => counter.writes);
  const forget = () => counters.forEach(counter => (counter.writes.length = 0));
  const parentsOf = async (id: string) => mapsOf(mapOf((await site.read(routePath(id))).status).parents);

  async function attached(count: number): Promise<JsonMap> {
    return eventually(async () => {
      const object = await site.read(GATEWAY_PATH);
      expect(mapsOf(mapOf(object.status).listeners).map(each => each.attachedRoutes)).toEqual([count]);
      return object;
    });
  }

  /** Another controller's write of status, which keeps what others wrote as a controller should. */
  async function writeAsOther(path: string, change: (status: JsonMap) => JsonMap): Promise<void> {
    await eventually(async () => {
      const object = await site.read(path);
      const { resourceVersion } = mapOf(object.metadata);
      const body = { metadata: { resourceVersion }, status: change(mapOf(object.status)) };
      const { status } = await site.plane.call('PATCH', `${path}/status`, body, 'application/merge-patch+json');
      expect(status).toBe(200);
    });
  }

  const foreign = (type: string, message = ''): JsonMap => ({
    ...{ type, status: 'True', reason: 'Other', message },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const withCondition = (holder: JsonMap, condition: JsonMap): JsonMap => ({
    ...holder,
    conditions: [...mapsOf(holder.conditions).filter(({ type }) => type !== condition.type), condition],
  });

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await StatusSite.start(assets);
    await site.apply(service('acme/sfu'), gateway([udp], ADDRESS), route('acme/sfu', [{ name: 'sfu' }]));
    for (const identity of ['a', 'b', 'c']) await replica(identity);
  }, 120_000);
  afterAll(() => site.stop());

  test('GIVEN three replicas THEN exactly one writes, once for each object', async () => {
    const object = await attached(1);
    expect(conditionsOf(object.status)).toEqual(['Accepted=True/Accepted', 'Programmed=True/Programmed']);
    await eventually(async () => expect(conditionsOf((await parentsOf('acme/sfu'))[0])).toHaveLength(2));
    await sleep(1500);
    expect(writers()).toHaveLength(1);
    expect([...counters.values()].map(counter => counter.writes.length).sort()).toEqual([0, 0, 3]);
    expect(writes().sort()).toEqual(
      [`${CLASS_PATH}/status`, `${GATEWAY_PATH}/status`, `${routePath('acme/sfu')}/status`].sort(),
    );
  });

  test('GIVEN the writer resigns THEN another goes on, and rewrites nothing', async () => {
    const [writer] = writers();
    forget();
    await replicas.get(writer!)!.resign();
    await eventually(() => expect(writers()).toHaveLength(1));
    expect(writers()).not.toEqual([writer]);
    await sleep(1500);
    expect(writes()).toEqual([]);
    await site.apply(route('acme/second', [{ name: 'sfu' }]));
    await attached(2);
    expect(counters.get(writer!)!.writes).toEqual([]);
  });

  test('GIVEN conditions and parents of other controllers THEN they survive all that we write', async () => {
    const parent = { controllerName: OTHER, parentRef: { ...GATEWAY }, conditions: [foreign('Accepted')] };
    const elsewhere = {
      ...parent,
      controllerName: 'cdk8s-stunner.dev/relay',
      parentRef: { name: 'core', namespace: 'stunner' },
    };
    await writeAsOther(routePath('acme/sfu'), status => ({ parents: [parent, ...mapsOf(status.parents), elsewhere] }));
    await writeAsOther(CLASS_PATH, status => withCondition(status, foreign('example.org/Audited')));
    await writeAsOther(GATEWAY_PATH, status => ({
      ...withCondition(status, foreign('example.org/Audited')),
      listeners: mapsOf(status.listeners).map(listener => withCondition(listener, foreign('example.org/Scanned'))),
    }));
    // Every status of ours changes.
    await site.apply(gateway([{ ...udp, port: 3479 }], ADDRESS), route('acme/sfu', [{ name: 'gone' }]));
    const [gatewayClass] = rendered('GatewayClass');
    await site.apply({ ...gatewayClass!, spec: { ...mapOf(gatewayClass!.spec), description: 'changed' } });
    await eventually(async () => {
      const parents = await parentsOf('acme/sfu');
      expect(parents).toHaveLength(3);
      const core = expect.objectContaining({ name: 'core' }) as unknown;
      expect(parents).toEqual([
        expect.objectContaining({ controllerName: OTHER, conditions: [foreign('Accepted')] }),
        expect.objectContaining({ controllerName: 'cdk8s-stunner.dev/relay' }),
        expect.objectContaining({ parentRef: core, conditions: [foreign('Accepted')] }),
      ]);
      expect(conditionsOf(parents[1])).toEqual(['Accepted=True/Accepted', 'ResolvedRefs=False/BackendNotFound']);
    });
    await eventually(async () => {
      const [own, of] = [await site.read(GATEWAY_PATH), await site.read(CLASS_PATH)];
      for (const { metadata, status } of [own, of]) {
        const { generation } = mapOf(metadata);
        const conditions = mapsOf(mapOf(status).conditions);
        expect(conditions).toContainEqual(foreign('example.org/Audited'));
        expect(conditions).toContainEqual(
          expect.objectContaining({ type: 'Accepted', observedGeneration: generation }),
        );
      }
      const [listener] = mapsOf(mapOf(own.status).listeners);
      expect(mapsOf(listener!.conditions)).toContainEqual(foreign('example.org/Scanned'));
    });
  });

  test('GIVEN another write between our look and our write THEN ours is made anew, and neither is lost', async () => {
    const counter = counters.get(writers()[0]!)!;
    forget();
    counter.interlude = () =>
      writeAsOther(GATEWAY_PATH, status => withCondition(status, foreign('example.org/Audited', 'meanwhile')));
    await site.apply(gateway([{ ...udp, port: 3480 }], ADDRESS));
    await eventually(async () => {
      const { metadata, status } = await site.read(GATEWAY_PATH);
      const { generation } = mapOf(metadata);
      const conditions = mapsOf(mapOf(status).conditions);
      expect(conditions).toContainEqual(foreign('example.org/Audited', 'meanwhile'));
      expect(conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', observedGeneration: generation }));
    });
    expect(writes()).toEqual([`${GATEWAY_PATH}/status`, `${GATEWAY_PATH}/status`]);
  });

  test('GIVEN a controller that undoes what we write THEN we write less and less', async () => {
    await sleep(1000);
    forget();
    const until = Date.now() + 8000;
    while (Date.now() < until) {
      await writeAsOther(GATEWAY_PATH, status => withCondition(status, foreign('Accepted')));
      await sleep(50);
    }
    // The first two as soon as it is seen, then after 1, 2 and 4 seconds.
    expect(writes().length).toBeGreaterThan(1);
    expect(writes().length).toBeLessThanOrEqual(5);
  });

  test('GIVEN a route that leaves the Gateway THEN our entry goes, and no other', async () => {
    await site.apply(route('acme/sfu', [{ name: 'sfu' }], { name: 'core' }));
    await eventually(async () => {
      const parents = await parentsOf('acme/sfu');
      expect(parents.map(({ controllerName, parentRef }) => [controllerName, mapOf(parentRef).name])).toEqual([
        [OTHER, GATEWAY.name],
        ['cdk8s-stunner.dev/relay', 'core'],
      ]);
    });
  });

  test("GIVEN a class of STUNner's own controller THEN nothing is written: its operator does", async () => {
    const [gatewayClass] = rendered('GatewayClass');
    const spec = { ...mapOf(gatewayClass!.spec), controllerName: 'stunner.l7mp.io/gateway-operator' };
    await site.apply({ ...gatewayClass!, metadata: { name: 'theirs' }, spec });
    await site.apply({ ...gateway([udp], {}, 'theirs'), spec: { gatewayClassName: 'theirs', listeners: [udp] } });
    await site.replica('theirs', { gateway: 'stunner/theirs', api: site.adminApi });
    await eventually(() => expect(site.log.join('')).toContain('elected by Lease stunner/theirs'));
    await sleep(1000);
    const { status } = await site.read(`/apis/gateway.networking.k8s.io/v1/namespaces/stunner/gateways/theirs`);
    expect(status).toBeUndefined();
  });

  test('GIVEN many routes at once THEN they are written at a bounded rate', async () => {
    forget();
    const began = Date.now();
    const names = Array.from({ length: 120 }, (_, i) => `acme/many-${i}`);
    for (const name of names) await site.apply(route(name, [{ name: 'sfu' }]));
    await eventually(() => expect(new Set(writes()).size).toBeGreaterThanOrEqual(names.length), 30);
    // A burst of 50, and 20 in a second.
    expect(writes().length).toBeLessThanOrEqual(51 + (20 * (Date.now() - began)) / 1000);
    await attached(names.length + 1);
  }, 60_000);

  test('no right was missing', () => {
    expect(site.log.filter(line => /forbidden|may not|is not written/.test(line))).toEqual([]);
  });

  // An API server that has just begun refuses what it has not yet read the roles of.
  test('GIVEN an API server that goes away and comes back THEN status is written again', async () => {
    await site.plane.killServer();
    await sleep(2500);
    await site.plane.restartServer();
    await site.apply(route('acme/late', [{ name: 'sfu' }]));
    await eventually(async () => expect(conditionsOf((await parentsOf('acme/late'))[0])).toHaveLength(2), 60);
  }, 120_000);
});
