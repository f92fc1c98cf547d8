import {
  base,
  gateway,
  grant,
  manifest,
  resolved,
  service,
  staticRef,
  staticService,
  udp,
  udpRoute,
  type Manifest,
} from './fixtures';
import type { Resolved } from '../../../relay/src/config/resolve';

const net = staticService('acme/net', ['10.0.0.1']);
const media = service('acme/media', { clusterIP: '10.96.0.7' });
const OPTED = { gatewayApiRoutes: true };

/** Gateway API's own route. */
function route(id: string, backendRefs: unknown[], version = 'v1'): Manifest {
  const spec = { parentRefs: [{ name: 'edge', namespace: 'turn' }], rules: [{ backendRefs }] };
  return manifest(`gateway.networking.k8s.io/${version}`, 'UDPRoute', id, { spec });
}

function of(options: typeof OPTED | undefined, allowedRoutes: unknown, ...more: Manifest[]): Resolved {
  const listener = { ...udp, allowedRoutes };
  return resolved([...base, gateway('turn/edge', [listener]), ...more], options);
}

const ALL = { namespaces: { from: 'All' } };
const conditions = ({ status }: Resolved, i = 0): string[] =>
  status.routes[i]!.parents[0]!.conditions.map(
    condition => `${condition.type} ${condition.status} ${condition.reason}`,
  );
const peers = ({ config }: Resolved): string[][] =>
  config!.clusters.map(cluster =>
    cluster.peers.map(({ prefix, minPort, maxPort }) => `${prefix} ${minPort}-${maxPort}`),
  );

describe("Gateway API's own UDPRoute", () => {
  test('is nothing without the option', () => {
    const outcome = of(undefined, ALL, route('acme/sfu', [staticRef]), net);
    expect(outcome.status.routes).toEqual([]);
    expect(outcome.config!.clusters).toEqual([]);
    expect(outcome.status.gateway!.listeners[0]!.supportedKinds).toEqual([
      { group: 'stunner.l7mp.io', kind: 'UDPRoute' },
    ]);
  });

  test.each(['v1', 'v1alpha2'])("%s is served as STUNner's is", version => {
    const outcome = of(OPTED, ALL, route('acme/sfu', [staticRef], version), net);
    expect(outcome.warnings).toEqual([]);
    expect(conditions(outcome)).toEqual(['Accepted True Accepted', 'ResolvedRefs True ResolvedRefs']);
    expect(outcome.config!.listeners[0]!.routes).toEqual(['acme/sfu']);
    expect(outcome.status.gateway!.listeners[0]).toMatchObject({
      attachedRoutes: 1,
      supportedKinds: [
        { group: 'stunner.l7mp.io', kind: 'UDPRoute' },
        { group: 'gateway.networking.k8s.io', kind: 'UDPRoute' },
      ],
    });
  });

  test('opens all ports of its backends: the port that it has to name is a Service port', () => {
    const outcome = of(OPTED, ALL, route('acme/sfu', [{ name: 'media', port: 5000, weight: 1 }]), media);
    expect(peers(outcome)).toEqual([['10.96.0.7 1-65535']]);
  });

  test("gives way to STUNner's of the same name, in any order of input", () => {
    const own = udpRoute('acme/sfu', [{ ...staticRef, port: 7, endPort: 9 }]);
    for (const routes of [
      [own, route('acme/sfu', [staticRef])],
      [route('acme/sfu', [staticRef]), own],
    ]) {
      const outcome = of(OPTED, ALL, ...routes, net);
      expect(peers(outcome)).toEqual([['10.0.0.1 7-9']]);
      expect(outcome.status.routes.map(({ kind }) => kind)).toEqual(['UDPRoute', 'UDPRoute.gateway.networking.k8s.io']);
      expect(conditions(outcome, 0)).toContain('Accepted True Accepted');
      expect(conditions(outcome, 1)).toContain('Accepted False Pending');
      expect(outcome.status.gateway!.listeners[0]!.attachedRoutes).toBe(1);
    }
  });

  test('of another name, both count', () => {
    const outcome = of(OPTED, ALL, udpRoute('acme/own', [staticRef]), route('acme/sfu', [staticRef]), net);
    expect(outcome.config!.listeners[0]!.routes).toEqual(['acme/own', 'acme/sfu']);
  });

  test.each([
    ['stunner.l7mp.io', 'acme/own', 'ResolvedRefs True ResolvedRefs'],
    ['gateway.networking.k8s.io', 'acme/sfu', 'ResolvedRefs True ResolvedRefs'],
  ])('a listener that admits the kind of %s only', (group, admitted) => {
    const allowed = { ...ALL, kinds: [{ group, kind: 'UDPRoute' }] };
    const outcome = of(OPTED, allowed, udpRoute('acme/own', [staticRef]), route('acme/sfu', [staticRef]), net);
    expect(outcome.config!.listeners[0]!.routes).toEqual([admitted]);
    const refused = outcome.status.routes.findIndex(({ name }) => `acme/${name}` !== admitted);
    expect(conditions(outcome, refused)).toContain('Accepted False NotAllowedByListeners');
  });

  test.each([
    ['gateway.networking.k8s.io', ['10.96.0.7 1-65535']],
    ['stunner.l7mp.io', []],
  ])('a ReferenceGrant from UDPRoute of %s', (group, expected) => {
    const other = service('sfu/media', { clusterIP: '10.96.0.7' });
    const from = { group, kind: 'UDPRoute', namespace: 'acme' };
    const permission = grant('sfu/acme', from, { group: '', kind: 'Service' });
    const outcome = of(OPTED, ALL, route('acme/a', [{ name: 'media', namespace: 'sfu', port: 1 }]), other, permission);
    expect(peers(outcome)).toEqual([expected]);
    if (expected.length === 0) expect(conditions(outcome)).toContain('ResolvedRefs False RefNotPermitted');
  });
});
