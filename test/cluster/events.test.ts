import { setTimeout as sleep } from 'node:timers/promises';
import { mapOf, mapsOf, type JsonMap } from '../../relay/src/cluster-status/json';
import type { ClusterStatus } from '../../relay/src/cluster-status/cluster-status';
import { controlPlaneAssets } from './assets';
import { conditionsOf, eventually, gateway, route, routePath, service, StatusSite, type Manifest } from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: Events need ${assets}`);

const udp = { name: 'udp', port: 3478, protocol: 'TURN-UDP', allowedRoutes: { namespaces: { from: 'All' } } };
const tls = {
  ...{ name: 'tls', port: 3478, protocol: 'TURN-DTLS' },
  tls: { mode: 'Terminate', certificateRefs: [{ name: 'stunner-tls' }] },
};

(typeof assets === 'string' ? describe.skip : describe)('Events', () => {
  let site: StatusSite;
  let first: ClusterStatus;

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await StatusSite.start(assets);
    first = await site.replica('first');
    await site.apply(service('acme/sfu'));
  }, 120_000);
  afterAll(() => site.stop());

  async function eventsOf(namespace: string, name: string): Promise<readonly JsonMap[]> {
    const { items } = await site.read(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    return mapsOf(items).filter(({ regarding }) => mapOf(regarding).name === name);
  }

  async function routeIs(condition: string, change: Manifest): Promise<void> {
    await site.apply(change);
    await eventually(async () => {
      const [parent] = mapsOf(mapOf((await site.read(routePath('acme/sfu'))).status).parents);
      expect(conditionsOf(parent)).toContain(condition);
    });
  }

  const good = (): Promise<void> => routeIs('ResolvedRefs=True/ResolvedRefs', route('acme/sfu', [{ name: 'sfu' }]));
  const bad = (): Promise<void> => routeIs('ResolvedRefs=False/BackendNotFound', route('acme/sfu', [{ name: 'gone' }]));

  test('GIVEN a Gateway and a route that are well THEN there are none', async () => {
    await site.apply(gateway([udp], { addresses: [{ value: '192.0.2.1' }] }));
    await good();
    await sleep(500);
    expect([...(await eventsOf('stunner', 'stunner-gateway')), ...(await eventsOf('acme', 'sfu'))]).toEqual([]);
  });

  test('GIVEN a route whose backend is missing THEN one Event of it says so, where the route is', async () => {
    await bad();
    const [event, ...others] = await eventually(async () => {
      const events = await eventsOf('acme', 'sfu');
      expect(events).not.toEqual([]);
      return events;
    });
    expect(others).toEqual([]);
    const { uid } = mapOf((await site.read(routePath('acme/sfu'))).metadata);
    expect(event).toMatchObject({
      type: 'Warning',
      reason: 'BackendNotFound',
      note: 'Service "acme/gone" is missing',
      reportingController: 'cdk8s-stunner.dev/relay',
      reportingInstance: 'first',
      regarding: { apiVersion: 'stunner.l7mp.io/v1', kind: 'UDPRoute', namespace: 'acme', name: 'sfu', uid },
    });
  });

  test('GIVEN the same fault again THEN the Event that is there counts it', async () => {
    await good();
    await bad();
    await eventually(async () => {
      const events = await eventsOf('acme', 'sfu');
      expect(events).toEqual([expect.objectContaining({ series: expect.objectContaining({ count: 2 }) as unknown })]);
    });
  });

  test('GIVEN another writer THEN it tells nothing twice, and counts on', async () => {
    await first.resign();
    const second = await site.replica('second');
    await eventually(() => expect(second.isWriter).toBe(true));
    await sleep(1000);
    expect(await eventsOf('acme', 'sfu')).toHaveLength(1);
    await good();
    const before = Date.now();
    await bad();
    await eventually(async () => {
      const [event, ...others] = await eventsOf('acme', 'sfu');
      expect(others).toEqual([]);
      const { lastObservedTime } = mapOf(event!.series);
      expect(Date.parse(String(lastObservedTime))).toBeGreaterThanOrEqual(before);
    });
  });

  test('GIVEN a listener in conflict, a certificate and a credential that are missing THEN each is told', async () => {
    await site.apply(gateway([udp, tls, { ...tls, name: 'dtls', port: 5349 }]));
    const closed = route('acme/closed', [{ name: 'sfu' }]);
    const annotations = { 'cdk8s-stunner.dev/auth-ref': 'acme-turn' };
    await site.apply({ ...closed, metadata: { ...closed.metadata, annotations } });
    await eventually(async () => {
      const events = [...(await eventsOf('stunner', 'stunner-gateway')), ...(await eventsOf('acme', 'closed'))];
      expect(events.map(({ reason, note }) => `${String(reason)}: ${String(note)}`).sort()).toEqual([
        'InvalidCertificateRef: listener dtls: Secret stunner/stunner-tls is missing',
        expect.stringMatching(/^InvalidCredentialRef: Secret acme\/acme-turn is missing/),
        expect.stringMatching(/^PortUnavailable: listener tls: taken by a listener before it/),
        expect.stringMatching(/^ProtocolConflict: listener tls: taken by a listener before it/),
      ]);
    });
  });

  test('no right was missing', () => {
    expect(site.log.filter(line => /forbidden|may not|not written/.test(line))).toEqual([]);
  });
});
