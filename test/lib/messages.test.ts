import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Duration, Testing } from 'cdk8s';
import { IConstruct } from 'constructs';
import {
  Dataplane,
  GatewayIsolation,
  GeoLocation,
  GitOpsApp,
  Isolation,
  JitsiVideobridge,
  LoadBalancerProfile,
  MediaBackend,
  MediaMesh,
  MediaMeshProps,
  MediaRoute,
  MediaRouteProps,
  MediaServer,
  MediaServerProps,
  MeshMode,
  PodSecurity,
  PortRange,
  Region,
  RegionalDns,
  RegionalStunner,
  RegionalStunnerProps,
  RegionOptions,
  RelayMesh,
  RelayScaling,
  StunnerGatewayProps,
  Tenant,
  TurnAuth,
  TurnListener,
  Warnings,
} from 'cdk8s-stunner';
import { CAUTIONS } from '../../lib/private/warn';
import { gatewayIn, GATEWAY_DEFAULTS, plainChart } from './support';

const ports = PortRange.of(20000, 40000);
const certificate = { name: 'tls' };
const PREFIX = 'stunner.l7mp.io';
const EXTERNAL_DNS = 'external-dns.kubernetes.io';

/** Everything that is said of what is built: an error thrown, what validation finds, and the warnings. */
function saidOf(build: () => IConstruct | undefined): string[] {
  try {
    const scope = build();
    if (scope === undefined) return [];
    const errors = scope.node
      .findAll()
      .flatMap(({ node }) => node.validate().map(message => `[${node.path}] ${message}`));
    const warnings = Warnings.of(scope).list();
    return [...errors, ...warnings.map(({ rule, path, message }) => `warning ${rule}: [${path}] ${message}`)];
  } catch (error) {
    return [(error as Error).message];
  }
}

function gateway(props: Partial<StunnerGatewayProps>): Chart {
  const chart = plainChart();
  gatewayIn(chart, props);
  return chart;
}

function route(props: Partial<MediaRouteProps>, gatewayProps: Partial<StunnerGatewayProps> = {}): Chart {
  const chart = plainChart('acme');
  const edge = gatewayIn(chart, { routeNamespaces: ['acme'], ...gatewayProps });
  const backends = [MediaBackend.service('sfu', { ports })];
  new MediaRoute(chart, 'route', { gateway: edge, backends, ...props });
  return chart;
}

function fenced(prefix: string, isolation: Isolation): Chart {
  const chart = plainChart('acme');
  const edge = gatewayIn(chart, { routeNamespaces: ['acme'] });
  new GatewayIsolation(chart, 'isolation', { gateway: edge, isolation });
  new MediaRoute(chart, 'route', { gateway: edge, backends: [MediaBackend.staticPrefixes([prefix], { ports })] });
  return chart;
}

function server(props: Partial<MediaServerProps> = {}): { chart: Chart; sfu: MediaServer } {
  const chart = plainChart('acme');
  const edge = gatewayIn(chart, { routeNamespaces: ['acme'] });
  const sfu = new MediaServer(chart, 'sfu', {
    gateway: edge,
    image: 'sfu:1',
    rtpPorts: ports,
    ports: [{ name: 'ws', port: 8188 }],
    healthPath: '/',
    ...props,
  });
  return { chart, sfu };
}

function mesh(props: Partial<MediaMeshProps>, rtpPorts = ports): Chart {
  const { chart, sfu } = server({ rtpPorts });
  new MediaMesh(chart, 'mesh', { server: sfu, mode: MeshMode.SIDECAR, ...props });
  return chart;
}

const acme = Tenant.of('acme');
const globex = Tenant.of('globex');

function regions(props: Partial<RegionalStunnerProps>, options: Partial<RegionOptions> = {}): App {
  const app = Testing.app();
  const eu = Region.of('eu', { hostname: 'eu.example.com', ...options });
  new RegionalStunner(app, 'stunner', { ...GATEWAY_DEFAULTS, regions: [eu], tenants: [acme], ...props });
  return app;
}

function twoRoutes(range: PortRange): Chart {
  const chart = plainChart('acme');
  const edge = gatewayIn(chart, { routeNamespaces: ['acme'] });
  for (const [id, open] of [['route', ports] as const, ['other', range] as const]) {
    new MediaRoute(chart, id, { gateway: edge, backends: [MediaBackend.service('sfu', { ports: open })] });
  }
  return chart;
}

function foreign(namespace: string): App {
  const app = Testing.app();
  const eu = Region.of('eu', { hostname: 'eu.example.com' });
  const stunner = new RegionalStunner(app, 'stunner', { ...GATEWAY_DEFAULTS, regions: [eu], tenants: [acme] });
  stunner.addRoute(acme, 'sfu', { backends: [MediaBackend.service('sfu', { ports, namespace })] });
  return app;
}

function tenantRoutes(auth: TurnAuth): App {
  const app = Testing.app();
  const eu = Region.of('eu', { hostname: 'eu.example.com' });
  const tenants = [acme, globex];
  const stunner = new RegionalStunner(app, 'stunner', { ...GATEWAY_DEFAULTS, auth, regions: [eu], tenants });
  for (const tenant of tenants) stunner.addRoute(tenant, 'sfu', { backends: [MediaBackend.service('sfu', { ports })] });
  return app;
}

function bridge(podSecurity: PodSecurity): App {
  const app = Testing.app();
  const tenant = Tenant.of('acme', { podSecurity });
  const eu = Region.of('eu', { hostname: 'eu.example.com' });
  const stunner = new RegionalStunner(app, 'stunner', { ...GATEWAY_DEFAULTS, regions: [eu], tenants: [tenant] });
  const [share] = stunner.regions;
  new JitsiVideobridge(share!.tenantChart(tenant), 'jvb', {
    gateway: share!.gateway,
    image: 'jvb:1',
    xmppServer: 'prosody',
    xmppPassword: { name: 'jvb' },
  });
  return app;
}

const metadataOf = (namespace: string) => {
  return new ApiObject(plainChart(), 'service', { apiVersion: 'v1', kind: 'Service', metadata: { namespace } })
    .metadata;
};
const built = (make: () => unknown) => (): IConstruct | undefined => {
  make();
  return undefined;
};
const hetzner = LoadBalancerProfile.hetzner({ location: 'fsn1' });
const listeners = (...turn: TurnListener[]) => ({ listeners: turn });
const annotated = (key: string, value: string) => ({ annotations: { [key]: value } });
const udpAndTcp = listeners(TurnListener.udp(), TurnListener.tcp());
const geo = { dns: RegionalDns.route53Geolocation('turn.example.com') };

/** A rule; what breaks it; and the nearest thing that keeps it. */
const RULES: [rule: string, broken: () => IConstruct | undefined, kept: () => IConstruct | undefined][] = [
  // Names, and places in a Gateway.
  [
    'a Gateway name is an RFC 1035 label, for a Service takes it',
    () => gateway({ name: '1st' }),
    () => gateway({ name: 'edge-1' }),
  ],
  [
    'a name has at most 63 characters',
    () => gateway({ name: 'e'.repeat(64) }),
    () => gateway({ name: 'e'.repeat(53) }),
  ],
  [
    'a listener name is an RFC 1123 label',
    built(() => TurnListener.udp(3478, { name: 'UDP' })),
    built(() => TurnListener.udp(3478, { name: 'udp' })),
  ],
  ['a realm is a DNS name in lower case', () => gateway({ realm: 'Example' }), () => gateway({ realm: 'example' })],
  [
    'a log level is scope:LEVEL',
    () => gateway({ logLevel: 'info' }),
    () => gateway({ logLevel: 'all:INFO,turn:DEBUG' }),
  ],
  ['a Gateway has a listener', () => gateway(listeners()), () => gateway(listeners(TurnListener.udp()))],
  [
    'listener names differ',
    () => gateway(listeners(TurnListener.udp(3478), TurnListener.udp(3479))),
    () => gateway(listeners(TurnListener.udp(3478), TurnListener.udp(3479, { name: 'more' }))),
  ],
  [
    'no two listeners of one transport share a port',
    () => gateway(listeners(TurnListener.tcp(5349), TurnListener.tls(5349, { certificate }))),
    () => gateway(listeners(TurnListener.udp(5349), TurnListener.tls(5349, { certificate }))),
  ],
  [
    'no two listeners of one transport share a port of the pod',
    () => gateway(listeners(TurnListener.tcp(80, { targetPort: 3478 }), TurnListener.tcp(3478, { name: 'b' }))),
    () => gateway(listeners(TurnListener.tcp(80, { targetPort: 3480 }), TurnListener.tcp(3478, { name: 'b' }))),
  ],
  [
    'a browser takes ports 53, 80, 443 and those from 1024',
    built(() => TurnListener.udp(1023)),
    built(() => TurnListener.udp(1024)),
  ],
  [
    'health and metrics have their ports in the pod',
    () => gateway(listeners(TurnListener.tcp(443, { targetPort: 8086 }))),
    () => gateway(listeners(TurnListener.udp(8086))),
  ],
  [
    'a target port is a port',
    built(() => TurnListener.udp(3478, { targetPort: 0 })),
    built(() => TurnListener.udp(3478, { targetPort: 1 })),
  ],
  [
    'a node port is 30000 to 32767',
    built(() => TurnListener.udp(3478, { nodePort: 29999 })),
    built(() => TurnListener.udp(3478, { nodePort: 30000 })),
  ],
  // Annotations.
  [
    'the annotation value is one that the operator knows',
    () => gateway(annotated(`${PREFIX}/service-type`, 'None')),
    () => gateway(annotated(`${PREFIX}/service-type`, 'LoadBalancer')),
  ],
  [
    'a port map names listeners that are there',
    () => gateway(annotated(`${PREFIX}/targetport`, '{"udp":5000}')),
    () => gateway(annotated(`${PREFIX}/targetport`, '{"udp-listener":5000}')),
  ],
  [
    'an annotation is a string',
    () => gateway(annotated('example.com/replicas', 2 as unknown as string)),
    () => gateway(annotated('example.com/replicas', '2')),
  ],
  [
    'the proxy of Cloudflare carries HTTP only',
    () => gateway(annotated(`${EXTERNAL_DNS}/cloudflare-proxied`, 'true')),
    () => gateway(annotated(`${EXTERNAL_DNS}/cloudflare-proxied`, 'false')),
  ],
  [
    'UDP and TCP on one load balancer ask for it',
    () => gateway({ ...udpAndTcp, ...annotated(`${PREFIX}/enable-mixed-protocol-lb`, 'false') }),
    () => gateway(udpAndTcp),
  ],
  // Load balancers.
  [
    'a load balancer without UDP gets no UDP listener',
    () => gateway({ loadBalancer: hetzner }),
    () => gateway({ loadBalancer: hetzner, ...listeners(TurnListener.tcp()) }),
  ],
  [
    'a load balancer that refuses ClientIP affinity with UDP is not asked for it',
    () => {
      const affinity = annotated(`${PREFIX}/disable-session-affinity`, 'false');
      return gateway({ loadBalancer: LoadBalancerProfile.ociNlb(), ...affinity });
    },
    () => gateway({ loadBalancer: LoadBalancerProfile.ociNlb() }),
  ],
  [
    'without a load balancer the address is told',
    () => gateway({ loadBalancer: LoadBalancerProfile.nodePort() }),
    () => gateway({ loadBalancer: LoadBalancerProfile.nodePort(), address: '192.0.2.1' }),
  ],
  [
    'one port number for UDP and TCP wants server-side apply',
    () => gateway({ ...udpAndTcp, dataplane: Dataplane.standalone() }),
    () => gateway({ ...listeners(TurnListener.udp(3478), TurnListener.tcp(443)), dataplane: Dataplane.standalone() }),
  ],
  [
    'the host network has room for one pod a node',
    () => gateway({ loadBalancer: LoadBalancerProfile.hostNetwork(), dataplane: Dataplane.standalone() }),
    () => {
      const dataplane = Dataplane.standalone({ onEveryNode: true });
      return gateway({ loadBalancer: LoadBalancerProfile.hostNetwork(), dataplane });
    },
  ],
  // Dataplane.
  [
    'the Dataplane "default" is that of the Helm chart',
    built(() => Dataplane.operator({ name: 'default' })),
    built(() => Dataplane.existing('default')),
  ],
  [
    'replicas and autoscaling exclude each other',
    built(() => Dataplane.operator({ replicas: 2, scaling: RelayScaling.horizontal({ maxReplicas: 3 }) })),
    built(() => Dataplane.operator({ scaling: RelayScaling.horizontal({ maxReplicas: 3 }) })),
  ],
  [
    'autoscaling keeps two pods',
    built(() => RelayScaling.horizontal({ minReplicas: 1, maxReplicas: 3 })),
    built(() => RelayScaling.horizontal({ minReplicas: 2, maxReplicas: 3 })),
  ],
  [
    'a quantity is one of Kubernetes',
    built(() => Dataplane.operator({ memoryLimit: '1GB' })),
    built(() => Dataplane.operator({ memoryLimit: '1G' })),
  ],
  // Credentials.
  [
    'a password that never expires is for laboratories',
    () => gateway({ auth: TurnAuth.static({ name: 'auth' }) }),
    () => gateway({ auth: TurnAuth.ephemeral({ name: 'auth' }) }),
  ],
  [
    'a route has no static password either',
    () => route({ auth: TurnAuth.static({ name: 'auth' }) }),
    () => route({ auth: TurnAuth.ephemeral({ name: 'auth' }) }),
  ],
  [
    'tenants do not share a credential',
    () => tenantRoutes(TurnAuth.ephemeral({ name: 'auth' })),
    () => tenantRoutes(TurnAuth.derived({ name: 'auth' })),
  ],
  [
    "the Gateway's credential is in no tenant's namespace",
    () => regions({ auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'acme' }) }),
    () => regions({ auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'vault' }) }),
  ],
  [
    "the Gateway's certificate is in no tenant's namespace",
    () => regions(listeners(TurnListener.tls(443, { certificate: { name: 'tls', namespace: 'acme' } }))),
    () => regions(listeners(TurnListener.tls(443, { certificate: { name: 'tls', namespace: 'certs' } }))),
  ],
  [
    "a route's Secret is in its own namespace",
    () => route({ auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'globex' }) }),
    () => route({ auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'acme' }) }),
  ],
  [
    'a route has no derived credential of its own',
    () => route({ auth: TurnAuth.derived({ name: 'auth' }) }),
    () => route({}),
  ],
  // Routes.
  ['a route has a backend', () => route({ backends: [] }), () => route({})],
  [
    'a route has at most 16 backends',
    () => route({ backends: Array.from({ length: 17 }, (_, i) => MediaBackend.service(`s${i}`, { ports })) }),
    () => route({ backends: Array.from({ length: 16 }, (_, i) => MediaBackend.service(`s${i}`, { ports })) }),
  ],
  [
    'a listener that is named exists',
    () => route({ listeners: ['tls'] }),
    () => route({ listeners: ['udp-listener'] }),
  ],
  [
    'a listener admits the namespace of the route',
    () => route({}, { routeNamespaces: ['globex'] }),
    () => route({}, { routeNamespaces: ['acme'] }),
  ],
  ['one range of ports for each peer takes effect', () => twoRoutes(PortRange.single(5000)), () => twoRoutes(ports)],
  [
    'not every UDP port of a pod is opened',
    () => route({ backends: [MediaBackend.service('sfu', { ports: PortRange.any() })] }),
    () => route({ backends: [MediaBackend.service('sfu', { ports: PortRange.of(2, 65535) })] }),
  ],
  [
    'a backend Service has an address, or the route looks degraded',
    () => {
      const headless = { name: 'sfu', metadata: metadataOf('acme'), clusterIP: 'None' };
      return route({ backends: [MediaBackend.serviceObject(headless, { ports })] });
    },
    () => route({ backends: [MediaBackend.serviceObject({ name: 'sfu', metadata: metadataOf('acme') }, { ports })] }),
  ],
  ["a backend is the tenant's own", () => foreign('globex'), () => foreign('acme')],
  [
    'a prefix is no network without media servers',
    built(() => MediaBackend.staticPrefixes(['0.0.0.0/0'], { ports })),
    built(() => MediaBackend.staticPrefixes(['192.0.2.0/24'], { ports })),
  ],
  [
    'a prefix is not in the cluster',
    () => fenced('10.1.0.0/16', Isolation.strict({ clusterPrefixes: ['10.0.0.0/8'] })),
    () => fenced('10.1.0.0/16', Isolation.strict({ clusterPrefixes: ['10.2.0.0/16'] })),
  ],
  [
    'a private prefix is looked at twice',
    () => fenced('10.1.0.0/16', Isolation.strict()),
    () => fenced('192.0.2.0/24', Isolation.strict()),
  ],
  ['ports run upwards', built(() => PortRange.of(2, 1)), built(() => PortRange.of(1, 1))],
  // Media servers.
  [
    'a pod has time to end its calls',
    () => server({ gracePeriod: Duration.seconds(299) }).chart,
    () => server({ gracePeriod: Duration.seconds(300) }).chart,
  ],
  ['an image is pinned', () => server({ image: 'sfu' }).chart, () => server({ image: 'sfu:1' }).chart],
  ['RTP ports are bounded', () => server({ rtpPorts: PortRange.any() }).chart, () => server().chart],
  [
    'a namespace admits the pods of its media servers',
    () => bridge(PodSecurity.RESTRICTED),
    () => bridge(PodSecurity.BASELINE),
  ],
  // Mesh.
  [
    'RTP keeps off the ports of the mesh',
    () => mesh({}, PortRange.of(10000, 15000)),
    () => mesh({}, PortRange.of(15100, 20000)),
  ],
  [
    'a listener keeps off the ports of the mesh',
    () =>
      gateway({ ...listeners(TurnListener.tcp(15006)), dataplane: Dataplane.operator({ mesh: RelayMesh.sidecar() }) }),
    () => gateway(listeners(TurnListener.tcp(15006))),
  ],
  [
    'a region is pinned where something holds to it',
    () => mesh({ mode: MeshMode.AMBIENT, region: 'eu' }),
    () => mesh({ region: 'eu' }),
  ],
  [
    'what a sidecar knows is said where there is one',
    () => mesh({ mode: MeshMode.AMBIENT, egressHosts: ['./*'] }),
    () => mesh({ egressHosts: ['./*'] }),
  ],
  [
    'what a sidecar logs is said where there is one',
    () => mesh({ mode: MeshMode.AMBIENT, accessLog: false }),
    () => mesh({ accessLog: false }),
  ],
  ['an egress host has a namespace', () => mesh({ egressHosts: ['*'] }), () => mesh({ egressHosts: ['*/*'] })],
  // Regions.
  ['there is a region', () => regions({ regions: [] }), () => regions({})],
  [
    'regions have hostnames of their own',
    () => regions({ regions: ['eu', 'us'].map(name => Region.of(name, { hostname: 'turn.example.com' })) }),
    () => regions({ regions: ['eu', 'us'].map(name => Region.of(name, { hostname: `${name}.example.com` })) }),
  ],
  [
    'the global name is no regional one',
    () => regions({ dns: RegionalDns.route53Latency('eu.example.com') }),
    () => regions({ dns: RegionalDns.route53Latency('turn.example.com') }),
  ],
  [
    'by location, every region has one, and some region all the others',
    () => regions(geo),
    () => regions(geo, { locations: [GeoLocation.elsewhere()] }),
  ],
  [
    'one location has one region',
    () => regions(geo, { locations: [GeoLocation.elsewhere(), GeoLocation.elsewhere()] }),
    () => regions(geo, { locations: [GeoLocation.elsewhere(), GeoLocation.country('DE')] }),
  ],
  ['a continent is known', built(() => GeoLocation.continent('DE')), built(() => GeoLocation.continent('EU'))],
  ['a country is two capitals', built(() => GeoLocation.country('de')), built(() => GeoLocation.country('DE'))],
  [
    'a strategy of k8gb is known',
    built(() => RegionalDns.k8gb('turn.example.com', { strategy: 'nearest' })),
    built(() => RegionalDns.k8gb('turn.example.com', { strategy: 'geoip' })),
  ],
  [
    'failover has a first region',
    built(() => RegionalDns.k8gb('turn.example.com', { strategy: 'failover' })),
    built(() => RegionalDns.k8gb('turn.example.com', { strategy: 'failover', primaryGeoTag: 'eu' })),
  ],
  [
    'k8gb has a load balancer to answer with',
    () => regions({ dns: RegionalDns.k8gb('turn.example.com'), loadBalancer: LoadBalancerProfile.hostNetwork() }),
    () => regions({ dns: RegionalDns.k8gb('turn.example.com'), loadBalancer: LoadBalancerProfile.metalLb() }),
  ],
  ['a tenant is named once', () => regions({ tenants: [acme, acme] }), () => regions({ tenants: [acme, globex] })],
  [
    'a tenant has a namespace of its own',
    () => regions({ tenants: [Tenant.of('stunner')] }),
    () => regions({ tenants: [Tenant.of('turn')] }),
  ],
];

describe.each(RULES)('%s', (_, broken, kept) => {
  test('if not, this is said', () => {
    const messages = saidOf(broken);
    expect(messages).not.toEqual([]);
    expect(messages).toMatchSnapshot();
    for (const message of messages) expect(message).toMatch(/\(got .+\): .+; .+$/s);
  });

  test('if so, nothing is', () => {
    expect(saidOf(kept)).toEqual([]);
  });
});

describe('warnings', () => {
  const risky = () => route({ auth: TurnAuth.static({ name: 'auth' }) }, { auth: TurnAuth.static({ name: 'auth' }) });
  const rules = (scope: IConstruct) =>
    Warnings.of(scope)
      .list()
      .map(({ rule, path }) => [rule, path]);

  test('are those below the construct that is asked about', () => {
    const chart = risky();
    expect(rules(chart)).toEqual([
      ['static-credential', 'chart/stunner-gateway'],
      ['static-credential', 'chart/route'],
    ]);
    expect(rules(chart.node.findChild('route'))).toEqual([['static-credential', 'chart/route']]);
  });

  test('are told no more where they are acknowledged, and are elsewhere', () => {
    const chart = risky();
    Warnings.of(chart.node.findChild('route')).acknowledge('static-credential');
    expect(rules(chart)).toEqual([['static-credential', 'chart/stunner-gateway']]);
    Warnings.of(chart).acknowledge('static-credential');
    expect(rules(chart)).toEqual([]);
  });

  test('are printed by synthesis, which goes on', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'warnings-'));
    const printed = jest.spyOn(console, 'warn').mockImplementation();
    try {
      const app = new GitOpsApp({ outdir });
      gatewayIn(new Chart(app, 'c'), { auth: TurnAuth.static({ name: 'auth' }) });
      app.synth();
      expect(printed.mock.calls).toEqual([[expect.stringMatching(/^warning: \[c.+ static .+\(static-credential\)$/)]]);
      expect(readdirSync(outdir)).toContain('c');
    } finally {
      printed.mockRestore();
      rmSync(outdir, { recursive: true });
    }
  });

  test('are all fired above', () => {
    const fired = RULES.flatMap(([, broken]) => saidOf(broken)).map(text => /^warning ([a-z-]+):/.exec(text)?.[1]);
    expect([...new Set(fired.filter(rule => rule !== undefined))].sort()).toEqual([...CAUTIONS]);
  });

  test('are in the documentation, each by its name', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'docs', 'rules.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, rule]) => rule!);
    expect(documented).toEqual([...CAUTIONS]);
  });

  test('are acknowledged by names that there are', () => {
    expect(() => Warnings.of(risky()).acknowledge('static')).toThrow(
      '[chart] no such warning (got "static"): one of all-ports, headless-service,',
    );
  });
});
