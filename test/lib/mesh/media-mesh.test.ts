import { ApiObject } from 'cdk8s';
import {
  MediaMesh,
  MediaMeshProps,
  MediaServer,
  MeshMode,
  PortRange,
  SignallingRoute,
  SignallingVirtualService,
} from 'cdk8s-stunner';
import { CrdOracle } from '../../oracle/crd-oracle';
import { gatewayIn, manifest, manifests, plainChart } from '../support';

const oracle = CrdOracle.load();
const SELECTOR = { 'app.kubernetes.io/name': 'sfu', 'app.kubernetes.io/component': 'media-server' };

function serverIn(chart = plainChart('acme'), rtpPorts = PortRange.of(40000, 49999)) {
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
  const server = new MediaServer(chart, 'sfu', {
    gateway,
    image: 'sfu:1',
    rtpPorts,
    ports: [
      { name: 'ws', port: 8188 },
      { name: 'http', port: 8088 },
    ],
    healthPath: '/',
    signallingNamespaces: ['ingress'],
  });
  return { chart, server };
}

function meshed(props: Partial<MediaMeshProps> = {}, rtpPorts?: PortRange) {
  const { chart, server } = serverIn(plainChart('acme'), rtpPorts);
  const mesh = new MediaMesh(chart, 'mesh', { server, mode: MeshMode.SIDECAR, ...props });
  return { chart, mesh };
}

test('the default child is the PeerAuthentication', () => {
  expect(ApiObject.of(meshed().mesh)).toMatchObject({ kind: 'PeerAuthentication' });
});

test.each([
  [MeshMode.SIDECAR, { 'sidecar.istio.io/inject': 'true' }],
  [MeshMode.AMBIENT, { 'istio.io/dataplane-mode': 'ambient' }],
])('in mode %s the pods say so', (mode, labels) => {
  const { template } = manifest(meshed({ mode }).chart, 'Deployment').spec as {
    template: { metadata: { labels: object } };
  };
  expect(template.metadata.labels).toEqual({ ...SELECTOR, ...labels });
});

test('mutual TLS is strict but for the ports that are named, and those need a selector', () => {
  expect(manifest(meshed({ plaintextPorts: [7881, 7881] }).chart, 'PeerAuthentication').spec).toEqual({
    selector: { matchLabels: SELECTOR },
    mtls: { mode: 'STRICT' },
    portLevelMtls: { '7881': { mode: 'PERMISSIVE' } },
  });
});

test('only who is named may signal', () => {
  const principals = ['cluster.local/ns/ingress/sa/gateway'];
  expect(manifest(meshed({ principals, namespaces: ['monitoring'] }).chart, 'AuthorizationPolicy').spec).toEqual({
    selector: { matchLabels: SELECTOR },
    action: 'ALLOW',
    rules: [
      {
        from: [{ source: { principals } }, { source: { namespaces: ['monitoring'] } }],
        to: [{ operation: { ports: ['8188', '8088'] } }],
      },
    ],
  });
});

test('no policy pretends to protect UDP', () => {
  const { chart } = meshed({ principals: ['p'], plaintextPorts: [7881] });
  const mesh = manifests(chart).filter(({ apiVersion }) => apiVersion.includes('istio.io'));
  expect(JSON.stringify(mesh)).not.toContain('40000');
});

test('a region is kept by sidecars, hard: what is not listed gets nothing', () => {
  expect(manifest(meshed({ region: 'eu-west-1' }).chart, 'DestinationRule').spec).toMatchObject({
    host: 'sfu.acme.svc.cluster.local',
    trafficPolicy: {
      loadBalancer: {
        localityLbSetting: { enabled: true, distribute: [{ from: 'eu-west-1/*', to: { 'eu-west-1/*': 100 } }] },
      },
      outlierDetection: {},
    },
  });
});

test('a sidecar is told of some hosts, and only that of these pods is', () => {
  const { chart, mesh } = meshed({ egressHosts: ['./*', 'istio-system/*'] });
  expect(manifest(chart, 'Sidecar').spec).toEqual({
    workloadSelector: { labels: SELECTOR },
    egress: [{ hosts: ['./*', 'istio-system/*'] }],
  });
  expect(ApiObject.isApiObject(mesh.sidecar)).toBe(true);
});

test('the access log is silenced for these pods', () => {
  expect(manifest(meshed({ accessLog: false }).chart, 'Telemetry').spec).toEqual({
    selector: { matchLabels: SELECTOR },
    accessLogging: [{ disabled: true }],
  });
});

test('what is not asked for is not rendered', () => {
  const kinds = manifests(meshed({ accessLog: true }).chart).map(({ kind }) => kind);
  expect(kinds).not.toEqual(expect.arrayContaining([expect.stringMatching(/Sidecar|Telemetry|DestinationRule/)]));
});

test.each([
  [MeshMode.SIDECAR, ['Ingress', 'Egress'], [15008], 15012],
  [MeshMode.AMBIENT, ['Ingress'], [15008, 8188, 8088], undefined],
])(
  'in mode %s a default-deny namespace lets the mesh and its probes through',
  (mode, policyTypes, ports, controlPlane) => {
    const policies = manifests(meshed({ mode }).chart).filter(({ metadata }) => metadata.name === 'sfu.mesh');
    type Rules = { ports: { port: number }[] }[];
    const spec = policies[0]!.spec as { policyTypes: string[]; ingress: Rules; egress?: Rules };
    expect(spec.policyTypes).toEqual(policyTypes);
    expect(spec.ingress.flatMap(rule => rule.ports.map(({ port }) => port))).toEqual(ports);
    expect(spec.egress?.[0]?.ports[0]?.port).toBe(controlPlane);
  },
);

test('the API server would accept it all', () => {
  const { chart } = meshed({
    principals: ['p'],
    plaintextPorts: [7881],
    region: 'eu',
    egressHosts: ['*/*.example.com'],
    accessLog: false,
  });
  expect(manifests(chart).flatMap(object => oracle.check(object))).toEqual([]);
});

test.each<[Partial<MediaMeshProps>, PortRange | undefined, string]>([
  [
    {},
    PortRange.of(10000, 20000),
    'RTP ports overlap the mesh (got "10000-20000"): ports outside 15000-15099, which the mesh uses; move the range',
  ],
  [
    { mode: MeshMode.AMBIENT, region: 'eu' },
    undefined,
    'nothing pins a region in ambient mode (got "eu"): no region; use MeshMode.SIDECAR, or a cluster for each region',
  ],
  [
    { plaintextPorts: [0] },
    undefined,
    'port is out of range (got 0): a whole number from 1 to 65535; correct the port',
  ],
])('props %j with RTP ports %s are refused', (props, rtpPorts, message) => {
  expect(() => meshed(props, rtpPorts)).toThrow(new Error(`[chart/mesh] ${message}`));
});

describe('a signalling route', () => {
  const parent = { name: 'public', namespace: 'ingress' };

  test('has no time limit, and its defaults written out', () => {
    const { chart, server } = serverIn();
    new SignallingRoute(chart, 'signalling', { server, parent, hostname: 'sfu.example.com', port: 8088 });
    const object = manifest(chart, 'HTTPRoute');
    expect(object).toMatchObject({
      metadata: { name: 'signalling', namespace: 'acme' },
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public', namespace: 'ingress' }],
        hostnames: ['sfu.example.com'],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            timeouts: { request: '0s' },
            backendRefs: [{ group: '', kind: 'Service', name: 'sfu', port: 8088, weight: 1 }],
          },
        ],
      },
    });
    expect(oracle.check(object)).toEqual([]);
  });

  test('to a port that is not there is refused', () => {
    const { chart, server } = serverIn();
    expect(() => new SignallingRoute(chart, 's', { server, parent, hostname: 'a.b', port: 1 })).toThrow(
      '[chart/s] media server has no such port (got 1): one of 8188, 8088; correct the prop "port"',
    );
  });
});

describe('a VirtualService', () => {
  const gateway = { name: 'public', namespace: 'ingress' };

  test('is bound to a Gateway of Istio, and ends no WebSocket', () => {
    const { chart, server } = serverIn();
    new SignallingVirtualService(chart, 'signalling', {
      server,
      gateway,
      hostname: 'sfu.example.com',
      port: 8088,
      pathPrefix: '/janus',
    });
    const object = manifest(chart, 'VirtualService');
    expect(object).toMatchObject({
      metadata: { name: 'signalling', namespace: 'acme' },
      spec: {
        hosts: ['sfu.example.com'],
        gateways: ['ingress/public'],
        http: [
          {
            match: [{ uri: { prefix: '/janus' } }],
            route: [{ destination: { host: 'sfu.acme.svc.cluster.local', port: { number: 8088 } } }],
            retries: { attempts: 0 },
          },
        ],
      },
    });
    expect(JSON.stringify(object)).not.toContain('timeout');
    expect(oracle.check(object)).toEqual([]);
  });

  test('to a port that is not there is refused', () => {
    const { chart, server } = serverIn();
    const props = { server, gateway, hostname: 'a.b', port: 1 };
    expect(() => new SignallingVirtualService(chart, 's', props)).toThrow(
      '[chart/s] media server has no such port (got 1): one of 8188, 8088; correct the prop "port"',
    );
  });
});
