import { ApiObject, Chart } from 'cdk8s';
import { Deployment, Service } from 'cdk8s-plus-28';
import {
  GatewayIsolation,
  LoadBalancerProfile,
  MediaBackend,
  MediaRoute,
  PortRange,
  StunnerGateway,
  TurnListener,
} from 'cdk8s-stunner';
import { CrdOracle } from '../oracle/crd-oracle';
import { complaints, gatewayIn, Manifest, manifest, manifests, plainChart } from './support';

const oracle = CrdOracle.load();
const ports = PortRange.of(20000, 40000);

function deploymentIn(chart: Chart, namespace = 'acme'): Deployment {
  return new Deployment(chart, 'sfu', { metadata: { name: 'sfu', namespace }, containers: [{ image: 'sfu:1' }] });
}

function routeTo(chart: Chart, backend: MediaBackend): void {
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
  new MediaRoute(chart, 'media', { gateway, namespace: 'acme', backends: [backend] });
  new GatewayIsolation(chart, 'isolation', { gateway });
}

const refs = (chart: Chart) => {
  const { rules } = manifest(chart, 'UDPRoute').spec as { rules: [{ backendRefs: object[] }] };
  return rules[0].backendRefs;
};
const mediaPolicy = (chart: Chart): Manifest =>
  manifests(chart).find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.startsWith('acme.media.'))!;

describe('a Service of cdk8s-plus', () => {
  const chart = plainChart();
  const workload = deploymentIn(chart);
  const service = new Service(chart, 'service', {
    metadata: { name: 'sfu-service', namespace: 'acme' },
    selector: workload,
    ports: [{ port: 8080 }],
  });
  routeTo(chart, MediaBackend.serviceObject(service, { ports, workload }));

  test('is a backend as it is, by its name and namespace', () => {
    const range = { port: 20000, endPort: 40000 };
    expect(refs(chart)).toEqual([{ group: '', kind: 'Service', name: 'sfu-service', namespace: 'acme', ...range }]);
  });

  test('has its pods fenced by the labels of the workload', () => {
    expect(mediaPolicy(chart).spec.podSelector).toEqual({ matchLabels: workload.matchLabels });
    expect(workload.matchLabels).not.toEqual({});
  });
});

test('an ApiObject is a backend as it is', () => {
  const chart = plainChart();
  const service = new ApiObject(chart, 's', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'sfu', namespace: 'acme' },
  });
  routeTo(chart, MediaBackend.serviceObject(service, { ports }));
  expect(refs(chart)).toMatchObject([{ kind: 'Service', name: 'sfu', namespace: 'acme' }]);
});

describe('a Deployment of cdk8s-plus', () => {
  const chart = plainChart();
  const workload = deploymentIn(chart);
  routeTo(chart, MediaBackend.workload(workload, { ports }));

  test('gets a Service from the route, by which the relay finds its pods', () => {
    const service = manifest(chart, 'Service');
    expect(service).toMatchObject({
      metadata: { name: 'sfu-media', namespace: 'acme' },
      spec: {
        type: 'ClusterIP',
        selector: workload.matchLabels,
        ports: [{ name: 'media', port: 20000, targetPort: 20000, protocol: 'UDP' }],
      },
    });
    expect(oracle.check(service)).toEqual([]);
    expect(refs(chart)).toMatchObject([{ kind: 'Service', name: 'sfu-media', port: 20000, endPort: 40000 }]);
  });

  test('selects the pods that the Deployment makes', () => {
    const { template } = manifest(chart, 'Deployment').spec as { template: { metadata: { labels: object } } };
    expect(template.metadata.labels).toMatchObject(workload.matchLabels);
  });
});

describe('clients without a media server between them', () => {
  function headless(loadBalancer?: LoadBalancerProfile): Chart {
    const chart = plainChart();
    const listeners = [TurnListener.udp(), TurnListener.tcp()];
    const gateway = gatewayIn(chart, { routeNamespaces: ['stunner'], listeners, loadBalancer });
    new GatewayIsolation(chart, 'isolation', { gateway });
    const backends = [MediaBackend.gateway(gateway)];
    new MediaRoute(chart, 'calls', { gateway, namespace: 'stunner', backends });
    return chart;
  }

  test.each<[string, LoadBalancerProfile | undefined, string[]]>([
    ['one Service for both transports', undefined, ['stunner-gateway']],
    [
      'one for each',
      LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
      ['stunner-gateway', 'stunner-gateway-tcp'],
    ],
  ])("reach the relay's own pods, behind %s", (_, loadBalancer, names) => {
    const chart = headless(loadBalancer);
    expect(complaints(chart)).toEqual([]);
    expect(refs(chart)).toEqual(
      names.map(name => {
        return { group: '', kind: 'Service', name, namespace: 'stunner', port: 32768, endPort: 65535 };
      }),
    );
  });

  test('may do so through the policies', () => {
    const policy = manifests(headless()).find(({ metadata }) => metadata.name === 'stunner.calls.stunner-gateway');
    const labels = { app: 'stunner', 'stunner.l7mp.io/related-gateway-namespace': 'stunner' };
    expect(policy!.spec).toMatchObject({
      podSelector: { matchLabels: labels },
      ingress: [{ ports: [{ protocol: 'UDP', port: 32768, endPort: 65535 }] }],
    });
  });

  test('are found for a Gateway that is rendered elsewhere, too', () => {
    const chart = plainChart();
    const gateway = StunnerGateway.fromGatewayRef(chart, 'edge', { name: 'edge', namespace: 'turn' });
    new MediaRoute(chart, 'calls', { gateway, namespace: 'turn', backends: [MediaBackend.gateway(gateway)] });
    expect(refs(chart)).toMatchObject([{ name: 'edge', namespace: 'turn' }]);
  });
});
