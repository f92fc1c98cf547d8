import { Dataplane, GatewayIsolation, RelayMesh, TurnListener } from 'cdk8s-stunner';
import { complaints, gatewayIn, manifests, plainChart } from '../support';

interface Rule {
  ports: { port: number }[];
  to: { namespaceSelector: { matchLabels: Record<string, string> } }[];
}

function relayIn(mesh: RelayMesh | undefined) {
  const chart = plainChart();
  const listeners = [TurnListener.udp(3478), TurnListener.tcp(443)];
  const gateway = gatewayIn(chart, { listeners, dataplane: Dataplane.operator({ mesh }) });
  new GatewayIsolation(chart, 'isolation', { gateway });
  return chart;
}

/** Port and namespace of what the relay's pods may reach over TCP, beside DNS. */
function reached(chart: ReturnType<typeof relayIn>): [number, string][] {
  const policy = manifests(chart).find(({ kind, metadata }) => {
    return kind === 'NetworkPolicy' && metadata.name === 'stunner-gateway';
  });
  const { egress } = policy!.spec as unknown as { egress: Rule[] };
  return egress
    .filter(({ ports: [first] }) => first!.port !== 53)
    .map(({ ports: [first], to: [peer] }) => {
      return [first!.port, peer!.namespaceSelector.matchLabels['kubernetes.io/metadata.name']!];
    });
}

test.each([
  ['outside the mesh', RelayMesh.outside(), []],
  ['of which nothing is said', undefined, []],
  ['with a sidecar', RelayMesh.sidecar(), [[15012, 'istio-system']]],
  ['in ambient mode', RelayMesh.ambient(), [[15008, 'stunner-system']]],
])('a relay %s may reach what its proxy needs, and no more', (_, mesh, more) => {
  expect(reached(relayIn(mesh))).toEqual([[13478, 'stunner-system'], ...more]);
});

test('a sidecar leaves clients, probes, scrapes and discovery alone', () => {
  const { spec } = manifests(relayIn(RelayMesh.sidecar())).find(({ kind }) => kind === 'Dataplane')!;
  expect(spec).toMatchObject({
    labels: { 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'traffic.sidecar.istio.io/excludeInboundPorts': '443,8080,8086',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '13478',
    },
  });
});

test.each([
  [RelayMesh.sidecar(), 15008, 1],
  [RelayMesh.ambient(), 15099, 1],
  [RelayMesh.sidecar(), 15100, 0],
  [RelayMesh.outside(), 15008, 0],
])('the mesh has its ports in the pods to itself: %#', (mesh, port, count) => {
  const chart = plainChart();
  gatewayIn(chart, { listeners: [TurnListener.tcp(port)], dataplane: Dataplane.operator({ mesh }) });
  expect(complaints(chart)).toHaveLength(count);
});
