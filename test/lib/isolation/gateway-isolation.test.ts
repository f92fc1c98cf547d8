import { Chart } from 'cdk8s';
import {
  Dataplane,
  GatewayIsolation,
  GatewayIsolationProps,
  Isolation,
  LoadBalancerProfile,
  MediaBackend,
  MediaRoute,
  PortRange,
  StunnerGatewayProps,
  TurnListener,
} from 'cdk8s-stunner';
import { complaints, gatewayIn, Manifest, manifests, plainChart } from '../support';

const ports = PortRange.of(20000, 40000);

interface Peer {
  namespaceSelector?: { matchLabels: Record<string, string> };
  podSelector?: { matchLabels?: Record<string, string>; matchExpressions?: unknown[] };
  ipBlock?: { cidr: string };
}
interface Rule {
  ports: { protocol: string; port?: number; endPort?: number }[];
  from?: Peer[];
  to?: Peer[];
}

function fenced(
  backends: MediaBackend[],
  gatewayProps: Partial<StunnerGatewayProps> = {},
  props: Partial<GatewayIsolationProps> = {},
): Chart {
  const chart = plainChart();
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'], ...gatewayProps });
  const [first, ...others] = backends;
  const routeOf = (backend: MediaBackend) =>
    new MediaRoute(chart, 'janus', { gateway, namespace: 'acme', backends: [backend] });
  const route = first && routeOf(first);
  new GatewayIsolation(chart, 'isolation', { gateway, ...props });
  // Half of the backends come later than the isolation: the order of construction must not matter.
  others.forEach(backend => route?.addBackend(backend));
  return chart;
}

function policy(chart: Chart, name: string): Manifest & { spec: { ingress: Rule[]; egress: Rule[] } } {
  const found = manifests(chart).find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name);
  return found as Manifest & { spec: { ingress: Rule[]; egress: Rule[] } };
}

const RELAY_PODS = {
  app: 'stunner',
  'stunner.l7mp.io/related-gateway-name': 'stunner-gateway',
  'stunner.l7mp.io/related-gateway-namespace': 'stunner',
};
const namespaced = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });

describe('relay pods', () => {
  const janus = MediaBackend.service('janus', { ports, podLabels: { app: 'janus' } });
  const legacy = MediaBackend.staticPrefixes(['192.0.2.7'], { ports: PortRange.any(), name: 'legacy' });
  const { spec } = policy(fenced([janus, legacy]), 'stunner-gateway');

  test('are those that the operator labels', () => {
    expect(spec).toMatchObject({ podSelector: { matchLabels: RELAY_PODS }, policyTypes: ['Ingress', 'Egress'] });
  });

  test('are reached at the listeners by everybody', () => {
    expect(spec.ingress[0]).toEqual({ ports: [{ protocol: 'UDP', port: 3478 }] });
  });

  test('are reached at any UDP port by media pods, which send to the relayed address', () => {
    expect(spec.ingress).toContainEqual({
      ports: [{ protocol: 'UDP' }],
      from: [
        { namespaceSelector: namespaced('acme'), podSelector: { matchLabels: { app: 'janus' } } },
        { ipBlock: { cidr: '192.0.2.7/32' } },
      ],
    });
  });

  test('reach the media pods at the ports of the route, discovery and DNS, and nothing else', () => {
    expect(spec.egress).toEqual([
      {
        ports: [{ protocol: 'UDP', port: 20000, endPort: 40000 }],
        to: [{ namespaceSelector: namespaced('acme'), podSelector: { matchLabels: { app: 'janus' } } }],
      },
      { ports: [{ protocol: 'UDP' }], to: [{ ipBlock: { cidr: '192.0.2.7/32' } }] },
      {
        ports: [{ protocol: 'TCP', port: 13478 }],
        to: [
          {
            namespaceSelector: namespaced('stunner-system'),
            podSelector: { matchLabels: { 'stunner.l7mp.io/config-discovery-service': 'enabled' } },
          },
        ],
      },
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
        to: [{ namespaceSelector: namespaced('kube-system') }],
      },
    ]);
  });

  test('without a route reach no peer, rather than every peer', () => {
    const { spec } = policy(fenced([]), 'stunner-gateway');
    const everybody = [...spec.ingress, ...spec.egress].filter(
      ({ from, to }) => from === undefined && to === undefined,
    );
    expect(everybody).toEqual([{ ports: [{ protocol: 'UDP', port: 3478 }] }]);
  });

  test('listen where an annotation moves them', () => {
    const annotations = { 'stunner.l7mp.io/targetport': '{"tls-listener":5349}' };
    const listeners = [TurnListener.tls(443, { certificate: { name: 'tls' } })];
    const { spec } = policy(fenced([], { annotations, listeners }), 'stunner-gateway');
    expect(spec.ingress[0]).toEqual({ ports: [{ protocol: 'TCP', port: 5349 }] });
  });
});

describe('the health port', () => {
  const health = (gatewayProps: Partial<StunnerGatewayProps>, isolation = Isolation.strict()) =>
    policy(fenced([], gatewayProps, { isolation }), 'stunner-gateway').spec.ingress.find(
      rule => rule.ports[0]?.port === 8086,
    );

  test('is closed where only the node probes it', () => {
    expect(health({})).toBeUndefined();
  });

  test('is open where the load balancer probes it', () => {
    expect(health({ loadBalancer: LoadBalancerProfile.awsNlb() })).toEqual({
      ports: [{ protocol: 'TCP', port: 8086 }],
    });
  });

  test('is open to the sources that are named', () => {
    const isolation = Isolation.strict({ healthCheckSources: ['10.0.0.0/16'] });
    expect(health({ loadBalancer: LoadBalancerProfile.awsNlb() }, isolation)?.from).toEqual([
      { ipBlock: { cidr: '10.0.0.0/16' } },
    ]);
  });
});

test('media pods are reached by the relay at the ports of the route, and reach it at any', () => {
  const backend = MediaBackend.service('janus-media', { ports, podLabels: { app: 'janus' } });
  const relay = [{ namespaceSelector: namespaced('stunner'), podSelector: { matchLabels: RELAY_PODS } }];
  expect(policy(fenced([backend]), 'acme.janus.janus-media')).toMatchObject({
    metadata: { namespace: 'acme' },
    spec: {
      podSelector: { matchLabels: { app: 'janus' } },
      ingress: [{ ports: [{ protocol: 'UDP', port: 20000, endPort: 40000 }], from: relay }],
      egress: [{ ports: [{ protocol: 'UDP' }], to: relay }],
    },
  });
});

test('the discovery port, which hands out credentials, is for relay pods and the auth service', () => {
  const { metadata, spec } = policy(fenced([]), 'stunner.stunner-gateway.discovery');
  expect(metadata.namespace).toBe('stunner-system');
  expect(spec.ingress[0]).toEqual({
    ports: [{ protocol: 'TCP', port: 13478 }],
    from: [
      { namespaceSelector: namespaced('stunner'), podSelector: { matchLabels: RELAY_PODS } },
      { namespaceSelector: namespaced('stunner-system'), podSelector: { matchLabels: { app: 'stunner-auth' } } },
    ],
  });
});

test('a relay on the host network sends from the nodes', () => {
  const backend = MediaBackend.service('janus', { ports });
  const loadBalancer = LoadBalancerProfile.hostNetwork();
  const isolation = Isolation.strict({ nodePrefixes: ['10.1.0.0/16'] });
  const { spec } = policy(fenced([backend], { loadBalancer }, { isolation }), 'acme.janus.janus');
  expect(spec.ingress[0]?.from).toEqual([{ ipBlock: { cidr: '10.1.0.0/16' } }]);
});

test('a relay on the host network asks for its configuration from the nodes too', () => {
  const loadBalancer = LoadBalancerProfile.hostNetwork();
  const isolation = Isolation.strict({ nodePrefixes: ['10.1.0.0/16'] });
  const { spec } = policy(fenced([], { loadBalancer }, { isolation }), 'stunner.stunner-gateway.discovery');
  expect(spec.ingress[0]?.from?.[0]).toEqual({ ipBlock: { cidr: '10.1.0.0/16' } });
});

test('a relay without operator reaches the API server, and there is no discovery port to fence', () => {
  const dataplane = Dataplane.standalone();
  const isolation = Isolation.strict({ apiServerPrefixes: ['10.96.0.1'] });
  const chart = fenced([], { dataplane }, { isolation });
  expect(policy(chart, 'stunner-gateway').spec.egress[0]).toEqual({
    ports: [
      { protocol: 'TCP', port: 443 },
      { protocol: 'TCP', port: 6443 },
    ],
    to: [{ ipBlock: { cidr: '10.96.0.1/32' } }],
  });
  expect(policy(chart, 'stunner.stunner-gateway.discovery')).toBeUndefined();
});

test.each<[string, MediaBackend[], Partial<StunnerGatewayProps>, Isolation, string]>([
  [
    'a host network without nodes',
    [MediaBackend.service('janus', { ports })],
    { loadBalancer: LoadBalancerProfile.hostNetwork() },
    Isolation.strict(),
    'isolation does not know the nodes (got nothing): the CIDR prefixes of the nodes, from which the relay then sends; set the option "nodePrefixes"',
  ],
  [
    'a static backend in the cluster',
    [MediaBackend.staticPrefixes(['10.96.0.10'], { ports })],
    {},
    Isolation.strict({ clusterPrefixes: ['10.96.0.0/12'] }),
    'static prefix of the route acme/janus is in the cluster (got "10.96.0.10"): nothing that overlaps 10.96.0.0/12; use MediaBackend.service',
  ],
])('%s is refused', (_, backends, gatewayProps, isolation, message) => {
  expect(complaints(fenced(backends, gatewayProps, { isolation }))).toEqual([message]);
});

test.each([
  [{ operatorNamespace: 'A' }, 'namespace is not valid (got "A")'],
  [{ clusterPrefixes: ['ten'] }, 'prefix does not parse (got "ten")'],
])('options %j are refused', (options, message) => {
  expect(() => Isolation.strict(options)).toThrow(message);
});
