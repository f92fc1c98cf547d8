import {
  Dataplane,
  GatewayIsolation,
  Isolation,
  LoadBalancerProfile,
  RelayScaling,
  StunnerGatewayProps,
  TurnListener,
} from 'cdk8s-stunner';
import { complaints, gatewayIn, manifest, manifests, plainChart } from './support';

const certificate = { name: 'tls' };
const [TARGET, NODE] = ['stunner.l7mp.io/targetport', 'stunner.l7mp.io/nodeport'];
const perTransport = LoadBalancerProfile.gke({ supportsMixedProtocols: false });

function chartWith(props: Partial<StunnerGatewayProps>) {
  const chart = plainChart();
  const gateway = gatewayIn(chart, props);
  return { chart, gateway };
}
const annotationsOf = (chart: ReturnType<typeof plainChart>) =>
  manifests(chart)
    .filter(({ kind }) => kind === 'Gateway')
    .map(({ metadata }) => metadata.annotations ?? {});

describe('ports of pods and nodes', () => {
  const moved = TurnListener.tls(443, { certificate, targetPort: 5349, nodePort: 30443 });

  test('are told to the operator by listener', () => {
    const { chart } = chartWith({ listeners: [TurnListener.udp(3478, { nodePort: 30478 }), moved] });
    expect(annotationsOf(chart)[0]).toMatchObject({
      [TARGET]: '{"tls-listener":5349}',
      [NODE]: '{"udp-listener":30478,"tls-listener":30443}',
    });
    expect(complaints(chart)).toEqual([]);
  });

  test('are told beside those that an annotation has already', () => {
    const annotations = { [TARGET]: '{"udp-listener":4000}' };
    const { chart } = chartWith({ listeners: [TurnListener.udp()], annotations });
    expect(annotationsOf(chart)[0]![TARGET]).toBe('{"udp-listener":4000}');
    const both = chartWith({ listeners: [TurnListener.udp(), moved], annotations });
    expect(annotationsOf(both.chart)[0]![TARGET]).toBe('{"udp-listener":4000,"tls-listener":5349}');
  });

  test('leave a text alone that does not parse, so that it is complained of', () => {
    const { chart } = chartWith({ listeners: [moved], annotations: { [TARGET]: '{"tls-listener":' } });
    expect(complaints(chart)).toEqual([
      expect.stringContaining('targetport is not understood (got "{"tls-listener":")'),
    ]);
  });

  test('are told to every Gateway where each transport has its own', () => {
    const { chart } = chartWith({ listeners: [TurnListener.udp(), moved], loadBalancer: perTransport });
    expect(annotationsOf(chart).map(annotations => annotations[TARGET])).toEqual([
      '{"tls-listener":5349}',
      '{"tls-listener":5349}',
    ]);
  });

  test('are those of the policy and of the container, and clients know nothing of them', () => {
    const { chart, gateway } = chartWith({
      listeners: [moved],
      hostname: 'turn.example.com',
      dataplane: Dataplane.standalone(),
    });
    new GatewayIsolation(chart, 'isolation', { gateway });
    const { ingress } = manifest(chart, 'NetworkPolicy').spec as { ingress: object[] };
    expect(ingress[0]).toEqual({ ports: [{ protocol: 'TCP', port: 5349 }] });
    expect(manifest(chart, 'Service').spec.ports).toMatchObject([{ port: 443, targetPort: 5349, nodePort: 30443 }]);
    expect(gateway.turnUris()).toEqual(['turns:turn.example.com:443?transport=tcp']);
  });
});

describe('a Gateway for each transport', () => {
  const listeners = [TurnListener.udp(), TurnListener.tcp()];
  const targets = (scaling: RelayScaling) => {
    const { chart } = chartWith({ listeners, loadBalancer: perTransport, dataplane: Dataplane.operator({ scaling }) });
    return manifests(chart).filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject');
  };

  test('has an autoscaler for each Deployment that the operator makes', () => {
    const scalers = targets(RelayScaling.horizontal({ maxReplicas: 9 }));
    expect(scalers.map(({ metadata }) => metadata.name)).toEqual(['stunner-gateway', 'stunner-gateway-tcp']);
    expect(scalers.map(({ spec }) => spec.scaleTargetRef)).toMatchObject([
      { name: 'stunner-gateway' },
      { name: 'stunner-gateway-tcp' },
    ]);
  });

  test('is scaled by the load of its own pods', () => {
    const scalers = targets(RelayScaling.keda({ maxReplicas: 9, prometheusUrl: 'http://prometheus:9090' }));
    const pods = ['stunner-gateway-6f4bd9c8-x7k2p', 'stunner-gateway-tcp-59c87f6d5-9q4zt'];
    const queries = scalers.map(({ spec }) => (spec.triggers as { metadata: { query: string } }[])[0]!.metadata.query);
    const matched = queries.map(query => {
      // Prometheus anchors its regular expressions.
      const [, pattern] = /pod=~"([^"]+)"/.exec(query)!;
      return pods.filter(pod => new RegExp(`^(?:${pattern})$`).test(pod));
    });
    expect(matched).toEqual([[pods[0]], [pods[1]]]);
  });

  test('has one disruption budget, over the pods of both', () => {
    const { chart } = chartWith({ listeners, loadBalancer: perTransport });
    expect(manifest(chart, 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
      selector: { matchExpressions: [{ operator: 'In', values: ['stunner-gateway', 'stunner-gateway-tcp'] }] },
    });
  });
});

test.each([
  ['our own', Dataplane.operator()],
  ['one that is rendered elsewhere', Dataplane.existing('shared')],
  ['none', Dataplane.standalone()],
])('with a Dataplane of %s a drain of nodes takes one relay at a time', (_, dataplane) => {
  const { chart } = chartWith({ dataplane });
  expect(manifest(chart, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
});

test("the operator's pods are spread over zones and nodes", () => {
  const { spec } = manifest(chartWith({}).chart, 'Dataplane');
  expect(spec.topologySpreadConstraints).toMatchObject([
    { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
  ]);
});

test('what has the public address is removed by Argo CD only when somebody confirms it', () => {
  const { chart } = chartWith({ dataplane: Dataplane.standalone() });
  for (const kind of ['Gateway', 'Service']) {
    expect(manifest(chart, kind).metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm',
    });
  }
});

test("the operator's discovery port is fenced where its pods are labelled otherwise", () => {
  const { chart, gateway } = chartWith({});
  const operatorPodLabels = { 'app.kubernetes.io/name': 'stunner-operator' };
  new GatewayIsolation(chart, 'isolation', { gateway, isolation: Isolation.strict({ operatorPodLabels }) });
  const policies = manifests(chart).filter(({ kind }) => kind === 'NetworkPolicy');
  const discovery = policies.find(({ metadata }) => metadata.namespace === 'stunner-system');
  expect(discovery!.spec.podSelector).toEqual({ matchLabels: operatorPodLabels });
  expect(JSON.stringify(policies.map(({ spec }) => spec.egress))).toContain('stunner-operator');
});

test('pods without an operator are placed and ranked', () => {
  const nodeSelector = { 'example.com/edge': 'true' };
  const { chart } = chartWith({ dataplane: Dataplane.standalone({ nodeSelector, priorityClassName: 'media' }) });
  expect(manifest(chart, 'Deployment').spec).toMatchObject({
    template: { spec: { nodeSelector, priorityClassName: 'media' } },
  });
});
