import { ApiObject, Chart, Duration } from 'cdk8s';
import {
  EnvVariable,
  GatewayIsolation,
  JanusServer,
  JitsiVideobridge,
  LiveKitServer,
  MediaServer,
  MediaServerProps,
  MediasoupServer,
  PortRange,
  StunnerGateway,
  TurnAuth,
} from 'cdk8s-stunner';
import { gatewayIn, manifest, Manifest, manifests, plainChart } from '../support';

interface Container {
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  ports: { name: string; containerPort: number }[];
  lifecycle?: { preStop: { exec: { command: string[] } } };
  readinessProbe: object;
  securityContext: Record<string, unknown>;
}
interface Deployment extends Manifest {
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: { containers: [Container]; securityContext: object; terminationGracePeriodSeconds: number };
    };
  } & Record<string, unknown>;
}

function chartWith(build: (chart: Chart, gateway: StunnerGateway) => MediaServer): Chart {
  const chart = plainChart('acme');
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
  build(chart, gateway);
  return chart;
}

const deployment = (chart: Chart) => manifest(chart, 'Deployment') as Deployment;
const containerOf = (chart: Chart) => deployment(chart).spec.template.spec.containers[0];

const MINIMAL: Omit<MediaServerProps, 'gateway'> = {
  image: 'registry.example.com/sfu:1',
  rtpPorts: PortRange.of(40000, 40100),
  ports: [{ name: 'http', port: 8080 }],
  healthPath: '/health',
};
const minimal = (props: Partial<MediaServerProps> = {}) =>
  chartWith((chart, gateway) => new MediaServer(chart, 'sfu', { ...MINIMAL, gateway, ...props }));

test('the default child is the Deployment', () => {
  const chart = plainChart('acme');
  const server = new MediaServer(chart, 'sfu', {
    ...MINIMAL,
    gateway: gatewayIn(chart, { routeNamespaces: ['acme'] }),
  });
  expect(ApiObject.of(server)).toMatchObject({ kind: 'Deployment', name: 'sfu' });
});

test('the selector is part of the labels of the pods, which are selected by Service and policies alike', () => {
  const chart = minimal({ podLabels: { team: 'media', 'app.kubernetes.io/name': 'forged' } });
  const { selector, template } = deployment(chart).spec;
  expect(template.metadata.labels).toEqual({ team: 'media', ...selector.matchLabels });
  expect(selector.matchLabels['app.kubernetes.io/name']).toBe('sfu');
  expect(manifest(chart, 'Service').spec.selector).toEqual(selector.matchLabels);
  expect(manifest(chart, 'NetworkPolicy').spec.podSelector).toEqual(selector);
});

test('no RTP port is in the Service: a Service has no ranges, and the relay needs none', () => {
  expect(manifest(minimal(), 'Service').spec).toMatchObject({
    type: 'ClusterIP',
    ports: [{ name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP' }],
  });
});

test('the RTP ports of the server are those of its route', () => {
  expect(manifest(minimal(), 'UDPRoute').spec.rules).toEqual([
    { backendRefs: [{ group: '', kind: 'Service', name: 'sfu', namespace: 'acme', port: 40000, endPort: 40100 }] },
  ]);
});

test('the pods meet the Pod Security Standard "restricted"', () => {
  const { spec } = deployment(minimal()).spec.template;
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
});

test('signalling is closed but to the namespaces that are named', () => {
  const closed = manifest(minimal(), 'NetworkPolicy').spec;
  expect(closed).toMatchObject({ policyTypes: ['Ingress'] });
  expect(closed).not.toHaveProperty('ingress');
  expect(manifest(minimal({ signallingNamespaces: ['ingress'] }), 'NetworkPolicy').spec.ingress).toEqual([
    {
      ports: [{ protocol: 'TCP', port: 8080 }],
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }],
    },
  ]);
});

test('every option arrives', () => {
  const chart = minimal({
    name: 'bridge',
    replicas: 3,
    cpuRequest: '4',
    memory: '2Gi',
    gracePeriod: Duration.minutes(10),
    podAnnotations: { a: 'b' },
    env: [EnvVariable.of('A', 'b'), EnvVariable.fromSecret('C', { name: 's' }, 'k'), EnvVariable.podIp('IP')],
    listeners: ['udp-listener'],
    auth: TurnAuth.ephemeral({ name: 'own' }),
    command: ['run'],
    args: ['-v'],
    drainCommand: ['drain'],
    configFiles: { 'a.conf': 'b' },
    configPath: '/conf',
  });
  expect(deployment(chart)).toMatchObject({
    metadata: { name: 'bridge' },
    spec: {
      replicas: 3,
      template: {
        metadata: { annotations: { a: 'b' } },
        spec: {
          terminationGracePeriodSeconds: 600,
          containers: [
            {
              command: ['run'],
              args: ['-v'],
              env: [
                { name: 'A', value: 'b' },
                { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
                { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              ],
              resources: { requests: { cpu: '4', memory: '2Gi' }, limits: { memory: '2Gi' } },
              lifecycle: { preStop: { exec: { command: ['drain'] } } },
              volumeMounts: [{ mountPath: '/tmp' }, { mountPath: '/conf', readOnly: true }],
            },
          ],
        },
      },
    },
  });
  expect(manifest(chart, 'ConfigMap')).toMatchObject({ metadata: { name: 'bridge' }, data: { 'a.conf': 'b' } });
  expect(manifest(chart, 'UDPRoute')).toMatchObject({
    metadata: { annotations: { 'cdk8s-stunner.dev/auth-ref': 'own' } },
    spec: { parentRefs: [{ sectionName: 'udp-listener' }] },
  });
});

test('another configuration rolls the pods, the same one does not', () => {
  const sum = (text: string) =>
    deployment(minimal({ configFiles: { 'a.conf': text } })).spec.template.metadata.annotations;
  expect(sum('a')).toEqual(sum('a'));
  expect(sum('a')).not.toEqual(sum('b'));
});

describe('policies of the media', () => {
  const named = (chart: Chart) => manifests(chart).map(({ metadata }) => metadata.name);

  test('come from the isolation of the Gateway', () => {
    const chart = chartWith((scope, gateway) => {
      new GatewayIsolation(scope, 'isolation', { gateway });
      return new MediaServer(scope, 'sfu', { ...MINIMAL, gateway });
    });
    expect(named(chart)).toContain('acme.sfu.sfu');
  });

  test('come with the server where the Gateway is rendered elsewhere', () => {
    const chart = plainChart('acme');
    const gateway = StunnerGateway.fromGatewayRef(chart, 'gw', { name: 'edge', namespace: 'stunner' });
    new MediaServer(chart, 'a', { ...MINIMAL, gateway });
    new MediaServer(chart, 'b', { ...MINIMAL, gateway });
    expect(named(chart).filter(name => name.split('.').length === 3)).toEqual(['acme.a.a', 'acme.b.b']);
  });
});

describe('Janus', () => {
  const chart = chartWith(
    (scope, gateway) =>
      new JanusServer(scope, 'janus', { gateway, image: 'janus:1', rtpPorts: PortRange.of(20000, 30000) }),
  );
  const files = (manifest(chart, 'ConfigMap') as unknown as { data: Record<string, string> }).data;

  test('has the one range in its configuration and in the route', () => {
    expect(files['janus.jcfg']).toContain('rtp_port_range = "20000-30000"');
    expect(manifest(chart, 'UDPRoute').spec.rules).toMatchObject([{ backendRefs: [{ port: 20000, endPort: 30000 }] }]);
  });

  test('offers its pod address: no STUN, no TURN, no mapping', () => {
    expect(Object.values(files).join('\n')).not.toMatch(/stun_server|turn_server|nat_1_1/);
  });

  test('has an admin API on loopback, with a secret that is in no manifest', () => {
    expect(files['janus.transport.http.jcfg']).toContain('admin_ip = "127.0.0.1"');
    expect(files['janus.jcfg']).toContain('admin_secret = "@ADMIN_SECRET@"');
    expect(containerOf(chart).command?.[2]).toContain('/dev/urandom');
  });

  test('drains before it is stopped', () => {
    expect(containerOf(chart).lifecycle?.preStop.exec.command[2]).toMatch(/accept_new_sessions[^]*list_sessions/);
  });

  test('answers the health check', () => {
    expect(containerOf(chart).readinessProbe).toMatchObject({ httpGet: { path: '/janus/info', port: 'http' } });
  });
});

describe('LiveKit', () => {
  const built = (props: { rtpPorts?: PortRange; redisAddress?: string; replicas?: number } = {}) =>
    chartWith((scope, gateway) => new LiveKitServer(scope, 'lk', { gateway, apiKeys: { name: 'keys' }, ...props }));
  const config = (chart: Chart) =>
    (manifest(chart, 'ConfigMap') as unknown as { data: Record<string, string> }).data['livekit.yaml'];

  test('neither discovers addresses nor runs a TURN server of its own', () => {
    expect(config(built())).toMatch(
      /port_range_start: 50000\n.*port_range_end: 60000\n.*use_external_ip: false\n.*stun_servers: \[\]\nturn:\n.*enabled: false\n/,
    );
  });

  test('may have one port for all media', () => {
    expect(config(built({ rtpPorts: PortRange.single(7882) }))).toContain('  udp_port: 7882\n');
  });

  test('takes its keys from a Secret', () => {
    expect(containerOf(built()).env).toEqual([
      { name: 'LIVEKIT_KEYS', valueFrom: { secretKeyRef: { name: 'keys', key: 'keys' } } },
    ]);
  });

  test('has several pods only with Redis', () => {
    expect(config(built({ replicas: 2, redisAddress: 'redis:6379' }))).toContain('redis:\n  address: redis:6379\n');
    expect(() => built({ replicas: 2 })).toThrow(
      'LiveKit pods cannot find each other (got 2): one pod, or Redis; set the prop "redisAddress"',
    );
  });
});

test('the Jitsi Videobridge has one media port, advertises the pod address and asks no STUN server', () => {
  const chart = chartWith(
    (scope, gateway) =>
      new JitsiVideobridge(scope, 'jvb', {
        gateway,
        image: 'jvb:1',
        xmppServer: 'prosody',
        xmppPassword: { name: 'jvb' },
        region: 'eu',
      }),
  );
  expect(containerOf(chart).env).toEqual(
    expect.arrayContaining([
      { name: 'JVB_ADVERTISE_PRIVATE_CANDIDATES', value: 'true' },
      { name: 'JVB_DISABLE_STUN', value: '1' },
      { name: 'JVB_OCTO_REGION', value: 'eu' },
      { name: 'JVB_PORT', value: '10000' },
      { name: 'JVB_AUTH_PASSWORD', valueFrom: { secretKeyRef: { name: 'jvb', key: 'password' } } },
    ]),
  );
  expect(manifest(chart, 'UDPRoute').spec.rules).toMatchObject([{ backendRefs: [{ port: 10000, endPort: 10000 }] }]);
  // The image starts as root.
  expect(deployment(chart).spec.template.spec.securityContext).not.toHaveProperty('runAsNonRoot');
});

test('a mediasoup application is told the pod address and the ports', () => {
  const chart = chartWith(
    (scope, gateway) => new MediasoupServer(scope, 'sfu', { gateway, image: 'app:1', healthPath: '/up' }),
  );
  expect(containerOf(chart).env).toMatchObject([
    { name: 'MEDIASOUP_LISTEN_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'MEDIASOUP_MIN_PORT', value: '40000' },
    { name: 'MEDIASOUP_MAX_PORT', value: '49999' },
  ]);
});

test.each<[Partial<MediaServerProps>, string]>([
  [
    { image: 'registry.example.com:5000/sfu' },
    'image is not pinned (got "registry.example.com:5000/sfu"): a tag other than "latest", or a digest; write it like "registry.example.com/sfu:1.2.3"',
  ],
  [
    { image: 'sfu:latest' },
    'image is not pinned (got "sfu:latest"): a tag other than "latest", or a digest; write it like "registry.example.com/sfu:1.2.3"',
  ],
  [
    { rtpPorts: PortRange.any() },
    'RTP ports are not bounded (got "1-65535"): a range; use PortRange.of, with the range of the server',
  ],
  [{ ports: [] }, 'too few ports (got 0): at least the one for health; add it'],
  [
    { ports: [{ name: 'a-very-long-port-name', port: 1 }] },
    'port name is too long (got "a-very-long-port-name"): at most 15 characters; shorten it',
  ],
  [
    { ports: [{ name: 'http', port: 0 }] },
    'port is out of range (got 0): a whole number from 1 to 65535; correct the port',
  ],
  [{ replicas: 0.5 }, 'replicas is not valid (got 0.5): a whole number from 0; correct it or leave it out'],
])('props %j are refused', (props, message) => {
  expect(() => minimal(props)).toThrow(new Error(`[chart/sfu] ${message}`));
});

test('a variable name that no shell knows is refused', () => {
  expect(() => EnvVariable.of('A-B', 'c')).toThrow('variable name is not valid (got "A-B")');
});
