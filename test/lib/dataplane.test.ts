import { Dataplane, OperatorDataplaneOptions } from 'cdk8s-stunner';
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

test('the pods stay out of a service mesh', () => {
  expect(rendered().spec.labels).toEqual({ 'istio.io/dataplane-mode': 'none', 'sidecar.istio.io/inject': 'false' });
});

test('every option arrives', () => {
  const options: Required<OperatorDataplaneOptions> = {
    name: 'edge',
    image: 'registry.example.org/turn/relay@sha256:0123',
    replicas: 3,
    cpuRequest: '2',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
    podLabels: { team: 'media' },
  };
  expect(rendered(options)).toMatchObject({
    metadata: { name: 'edge', annotations: { 'argocd.argoproj.io/sync-wave': '-4' } },
    spec: {
      image: options.image,
      replicas: 3,
      resources: { requests: { cpu: '2', memory: '512Mi' }, limits: { memory: '2Gi' } },
      labels: { team: 'media', 'sidecar.istio.io/inject': 'false' },
    },
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
  [{ image: 'a b' }, 'image is not valid (got "a b"): an image reference; write it like "registry/name:tag"'],
  [
    { memoryLimit: '1 GB' },
    'quantity is not valid (got "1 GB"): a Kubernetes quantity; write it like "500m" or "256Mi"',
  ],
  [{ replicas: -1 }, 'replicas is not valid (got -1): a whole number from 0; correct it or leave it out'],
])('options %j are refused', (options, message) => {
  expect(() => Dataplane.operator(options)).toThrow(new Error(message));
});
