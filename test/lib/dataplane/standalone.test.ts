import {
  Dataplane,
  LoadBalancerProfile,
  MediaBackend,
  MediaRoute,
  PortRange,
  RelayMesh,
  RelayScaling,
  StandaloneDataplaneOptions,
  StunnerGatewayProps,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { CrdOracle } from '../../oracle/crd-oracle';
import { complaints, gatewayIn, Manifest, manifest, manifests, plainChart } from '../support';

const oracle = CrdOracle.load();

function standalone(options: StandaloneDataplaneOptions = {}, props: Partial<StunnerGatewayProps> = {}) {
  const chart = plainChart();
  const gateway = gatewayIn(chart, { dataplane: Dataplane.standalone(options), routeNamespaces: ['acme'], ...props });
  return { chart, gateway };
}

const of = (objects: Manifest[], kind: string) => objects.filter(object => object.kind === kind);

test('the same Gateway and credentials, another controller, and no Dataplane object', () => {
  const { chart } = standalone();
  expect(manifest(chart, 'GatewayClass').spec.controllerName).toBe('cdk8s-stunner.dev/relay');
  expect(manifest(chart, 'GatewayConfig').spec.authRef).toMatchObject({ name: 'stunner-auth' });
  expect(of(manifests(chart), 'Dataplane')).toEqual([]);
});

test('the pods are restricted, stay ready while they drain, and read the API', () => {
  const { template, selector } = manifest(standalone().chart, 'Deployment').spec as {
    selector: { matchLabels: object };
    template: { metadata: { labels: object }; spec: object };
  };
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  expect(template.spec).toMatchObject({
    serviceAccountName: 'stunner-gateway',
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: 3600,
    securityContext: { runAsNonRoot: true },
    containers: [
      {
        args: ['-w', '--log-format=json', '--config=k8s', '--id=stunner/stunner-gateway'],
        readinessProbe: { httpGet: { path: '/ready', port: 8086 } },
        securityContext: { capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
      },
    ],
  });
});

test("Gateway API's own routes are read, and their status written, on request only", () => {
  const rights = (options: StandaloneDataplaneOptions) => {
    const { chart } = standalone(options);
    const [role] = of(manifests(chart), 'ClusterRole') as unknown as [
      { rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] },
    ];
    const { template } = manifest(chart, 'Deployment').spec as {
      template: { spec: { containers: { args: string[] }[] } };
    };
    return {
      asks: template.spec.containers[0]!.args.includes('--gateway-api-routes'),
      rules: role.rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.includes('gateway.networking.k8s.io')
          ? resources.filter(each => each.startsWith('udproutes')).flatMap(each => verbs.map(verb => `${verb} ${each}`))
          : [],
      ),
    };
  };
  expect(rights({})).toEqual({ asks: false, rules: [] });
  expect(rights({ gatewayApiRoutes: true })).toEqual({
    asks: true,
    rules: ['list udproutes', 'watch udproutes', 'patch udproutes/status'],
  });
});

test('the Service has the listeners, the class of the load balancer and what DNS reads, and nothing of the operator', () => {
  const { chart } = standalone(
    { ipFamilies: ['IPv6', 'IPv4'], sourceRanges: ['192.0.2.0/24'], clientIpAffinity: true },
    {
      loadBalancer: LoadBalancerProfile.awsNlb(),
      hostname: 'turn.example.com',
      listeners: [TurnListener.udp(), TurnListener.tcp(443)],
      annotations: { 'stunner.l7mp.io/targetport': '{"tcp-listener":5349}' },
    },
  );
  const { metadata, spec } = manifest(chart, 'Service');
  expect(spec).toMatchObject({
    type: 'LoadBalancer',
    loadBalancerClass: 'service.k8s.aws/nlb',
    loadBalancerSourceRanges: ['192.0.2.0/24'],
    externalTrafficPolicy: 'Local',
    sessionAffinity: 'ClientIP',
    ipFamilies: ['IPv6', 'IPv4'],
    ipFamilyPolicy: 'RequireDualStack',
    ports: [
      { name: 'udp-listener', port: 3478, targetPort: 3478, protocol: 'UDP' },
      { name: 'tcp-listener', port: 443, targetPort: 5349, protocol: 'TCP' },
    ],
  });
  const annotations = metadata.annotations ?? {};
  expect(annotations['external-dns.kubernetes.io/hostname']).toBe('turn.example.com');
  expect(Object.keys(annotations).filter(key => key.startsWith('stunner.l7mp.io/'))).toEqual([]);
});

test('where no load balancer serves both transports, one Gateway has two Services', () => {
  const { chart, gateway } = standalone(
    {},
    {
      loadBalancer: LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
      hostname: 'turn.example.com',
      listeners: [TurnListener.udp(), TurnListener.tcp()],
    },
  );
  const objects = manifests(chart);
  expect(of(objects, 'Gateway')).toHaveLength(1);
  expect(of(objects, 'Service').map(({ metadata, spec }) => [metadata.name, spec.ports])).toMatchObject([
    ['stunner-gateway', [{ protocol: 'UDP' }]],
    ['stunner-gateway-tcp', [{ protocol: 'TCP' }]],
  ]);
  expect(gateway.turnUris()[1]).toBe('turn:tcp.turn.example.com:3478?transport=tcp');
  expect(of(objects, 'Service')[1]?.metadata.annotations).toMatchObject({
    'external-dns.kubernetes.io/hostname': 'tcp.turn.example.com',
  });
});

describe('rights', () => {
  const { chart, gateway } = standalone({}, { listeners: [TurnListener.tls(443, { certificate: { name: 'tls' } })] });
  new MediaRoute(chart, 'sfu', {
    gateway,
    namespace: 'acme',
    auth: TurnAuth.ephemeral({ name: 'acme-turn' }),
    backends: [MediaBackend.service('sfu', { ports: PortRange.single(5000) })],
  });
  type Role = Manifest & { rules: { resources: string[]; resourceNames?: string[]; verbs: string[] }[] };
  const objects = manifests(chart);
  const roles = of(objects, 'Role') as Role[];

  test('to Secrets are by name, in the namespace of each', () => {
    const secrets = roles.filter(({ rules }) => rules[0]?.resources.includes('secrets'));
    expect(secrets.map(({ metadata, rules }) => [metadata.namespace, rules[0]?.resourceNames])).toEqual([
      ['stunner', ['stunner-auth', 'tls']],
      ['acme', ['acme-turn']],
    ]);
  });

  test('in the whole cluster are to read what is no secret, and to write status and Events', () => {
    const { rules } = manifest(chart, 'ClusterRole') as Role;
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
    const writing = rules.filter(({ verbs }) => verbs.some(verb => !['get', 'list', 'watch'].includes(verb)));
    expect(writing.flatMap(({ resources }) => resources).filter(name => !name.endsWith('/status'))).toEqual(['events']);
    expect(JSON.stringify(objects)).not.toContain('"*"');
  });

  test('the API server would accept it all', () => {
    expect(objects.flatMap(object => oracle.check(object))).toEqual([]);
  });
});

describe('scale', () => {
  test('is two pods that are disrupted one at a time', () => {
    const { chart } = standalone();
    expect(manifest(chart, 'Deployment').spec.replicas).toBe(2);
    expect(manifest(chart, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
  });

  test('follows active allocations by HPA, and the Deployment says no number', () => {
    const { chart } = standalone({ scaling: RelayScaling.horizontal({ maxReplicas: 9, allocationsPerPod: 300 }) });
    expect(manifest(chart, 'Deployment').spec).not.toHaveProperty('replicas');
    expect(manifest(chart, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'stunner-gateway' },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        {
          pods: {
            metric: { name: 'stunner_allocations_active' },
            target: { type: 'AverageValue', averageValue: '300' },
          },
        },
      ],
    });
  });

  test('follows active allocations by KEDA, never to zero', () => {
    const scaling = RelayScaling.keda({ maxReplicas: 9, prometheusUrl: 'http://prometheus:9090' });
    const scaled = manifest(standalone({ scaling }).chart, 'ScaledObject');
    expect(scaled.spec).toMatchObject({
      minReplicaCount: 2,
      triggers: [
        {
          type: 'prometheus',
          metadata: {
            query: 'sum(stunner_allocations_active{namespace="stunner",pod=~"stunner-gateway-[^-]+-[^-]+"})',
          },
        },
      ],
    });
    expect(oracle.check(scaled)).toEqual([]);
  });

  test('works under the operator as well', () => {
    const chart = plainChart();
    gatewayIn(chart, { dataplane: Dataplane.operator({ scaling: RelayScaling.horizontal({ maxReplicas: 9 }) }) });
    expect(manifest(chart, 'Dataplane').spec).not.toHaveProperty('replicas');
    expect(manifest(chart, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { name: 'stunner-gateway' },
    });
    expect(manifest(chart, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
  });

  test('is one pod on every node on the host network', () => {
    const loadBalancer = LoadBalancerProfile.hostNetwork();
    const { chart } = standalone({ onEveryNode: true, mesh: RelayMesh.outside() }, { loadBalancer });
    expect(manifest(chart, 'DaemonSet').spec).toMatchObject({
      template: { spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' } },
    });
    expect(manifest(chart, 'Service').spec.type).toBe('ClusterIP');
  });
});

test.each<[StandaloneDataplaneOptions, Partial<StunnerGatewayProps>, string]>([
  [
    {},
    { loadBalancer: LoadBalancerProfile.hostNetwork() },
    'pods of one node would share its ports (got "Deployment"): a pod per node; set the option "onEveryNode"',
  ],
  [
    { clientIpAffinity: true },
    { loadBalancer: LoadBalancerProfile.ociNlb() },
    'load balancer "oci-nlb" refuses ClientIP affinity with UDP (got "ClientIP"): no affinity; leave "clientIpAffinity" out',
  ],
])('options %j are refused with the load balancer', (options, props, message) => {
  expect(complaints(standalone(options, props).gateway)).toEqual([message]);
});

test.each<[StandaloneDataplaneOptions, string]>([
  [
    { replicas: 2, onEveryNode: true },
    'number of pods is decided twice (got 2): one of "replicas", "scaling" and "onEveryNode"',
  ],
  [{ ipFamilies: ['v4'] }, 'IP family is unknown (got "v4"): "IPv4" or "IPv6"; correct it'],
])('options %j are refused', (options, message) => {
  expect(() => Dataplane.standalone(options)).toThrow(message);
});

test.each([
  [{ maxReplicas: 1 }, 'most pods is not valid (got 1): a whole number from 2; correct it'],
  [{ minReplicas: 0, maxReplicas: 3 }, 'fewest pods is not valid (got 0): a whole number from 2; correct it'],
])('scaling %j is refused', (options, message) => {
  expect(() => RelayScaling.horizontal(options)).toThrow(new Error(message));
});
