import { Dataplane, OperatorDataplaneOptions, RelayImage, RelayMesh, TurnListener } from 'cdk8s-stunner';
import { version } from '../../package.json';
import { gatewayIn, manifest, plainChart } from './support';

function rendered(options?: OperatorDataplaneOptions) {
  const chart = plainChart();
  gatewayIn(chart, { dataplane: Dataplane.operator(options) });
  return manifest(chart, 'Dataplane');
}

test('the defaults suit a Node process: memory, grace, metrics', () => {
  expect(rendered().spec).toMatchObject({
    image: `cdk8s-stunner/stunnerd:${version}`,
    resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    terminationGracePeriodSeconds: 3600,
    enableMetricsEndpoint: true,
  });
});

test('the pods meet the Pod Security Standard "restricted"', () => {
  expect(rendered().spec).toMatchObject({
    hostNetwork: false,
    containerSecurityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
});

test.each([
  [3478, undefined],
  [443, [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]],
])('a container port of %d takes the sysctls %j', (port, sysctls) => {
  const chart = plainChart();
  gatewayIn(chart, { listeners: [TurnListener.udp(port)] });
  expect((manifest(chart, 'Dataplane').spec.securityContext as { sysctls?: unknown }).sysctls).toEqual(sysctls);
});

test('a low listener port that is moved to a high container port takes no sysctl', () => {
  const chart = plainChart();
  const annotations = { 'stunner.l7mp.io/targetport': '{"udp-listener":5349}' };
  gatewayIn(chart, { listeners: [TurnListener.udp(443)], annotations });
  expect(manifest(chart, 'Dataplane').spec.securityContext).not.toHaveProperty('sysctls');
});

test('the pods stay out of a service mesh', () => {
  expect(rendered().spec.labels).toEqual({ 'istio.io/dataplane-mode': 'none', 'sidecar.istio.io/inject': 'false' });
});

test('every option arrives', () => {
  const options: Required<Omit<OperatorDataplaneOptions, 'scaling'>> = {
    name: 'edge',
    image: RelayImage.fromRegistry('registry.example.org/turn/relay', '1.2.3'),
    replicas: 3,
    cpuRequest: '2',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
    podLabels: { team: 'media' },
    mesh: RelayMesh.ambient(),
  };
  expect(rendered(options)).toMatchObject({
    metadata: { name: 'edge', annotations: { 'argocd.argoproj.io/sync-wave': '-4' } },
    spec: {
      image: 'registry.example.org/turn/relay:1.2.3',
      replicas: 3,
      resources: { requests: { cpu: '2', memory: '512Mi' }, limits: { memory: '2Gi' } },
      labels: { team: 'media', 'istio.io/dataplane-mode': 'ambient' },
    },
  });
});

test('where policy demands a sidecar, clients, probes, scrapes and discovery go round it', () => {
  const chart = plainChart();
  const listeners = [TurnListener.udp(), TurnListener.tcp(), TurnListener.tcp(443, { name: 'more' })];
  gatewayIn(chart, { listeners, dataplane: Dataplane.operator({ mesh: RelayMesh.sidecar() }) });
  expect(manifest(chart, 'Dataplane').spec).toMatchObject({
    labels: { 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'traffic.sidecar.istio.io/excludeInboundPorts': '443,3478,8080,8086',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '13478',
    },
  });
});

test('in ambient mode nothing that comes in is captured', () => {
  expect(rendered({ mesh: RelayMesh.ambient() }).spec.annotations).toEqual({
    'ambient.istio.io/bypass-inbound-capture': 'true',
    'ambient.istio.io/dns-capture': 'false',
  });
});

test.each<[OperatorDataplaneOptions, string]>([
  [
    { name: 'default' },
    'Dataplane name is taken (got "default"): any name but "default", which belongs to the operator\'s Helm chart; choose another, or use Dataplane.existing("default")',
  ],
  [
    { name: 'Edge' },
    'Dataplane name is not valid (got "Edge"): lower-case letters, digits and "-" (RFC 1123 label); try "edge"',
  ],
  [
    { memoryLimit: '1 GB' },
    'quantity is not valid (got "1 GB"): a Kubernetes quantity; write it like "500m" or "256Mi"',
  ],
  [{ replicas: -1 }, 'replicas is not valid (got -1): a whole number from 0; correct it or leave it out'],
])('options %j are refused', (options, message) => {
  expect(() => Dataplane.operator(options)).toThrow(new Error(message));
});
