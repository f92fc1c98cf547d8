import { ApiObject } from 'cdk8s';
import {
  MediaBackend,
  MediaRoute,
  MediaRouteProps,
  PortRange,
  StunnerGateway,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { complaints, gatewayIn, manifest, manifests, plainChart } from './support';

const ports = PortRange.of(20000, 40000);
const janus = MediaBackend.service('janus-media', { ports });

function setting(props: Partial<MediaRouteProps> = {}) {
  const chart = plainChart();
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
  const route = new MediaRoute(chart, 'janus', { gateway, namespace: 'acme', backends: [janus], ...props });
  return { chart, gateway, route };
}

test('the default child is the UDPRoute of STUNner, not that of the Gateway API', () => {
  expect(ApiObject.of(setting().route)).toMatchObject({ kind: 'UDPRoute', apiVersion: 'stunner.l7mp.io/v1' });
});

test('a minimal route writes the defaults of the API server out', () => {
  const { chart } = setting();
  expect(manifest(chart, 'UDPRoute')).toEqual({
    apiVersion: 'stunner.l7mp.io/v1',
    kind: 'UDPRoute',
    metadata: { name: 'janus', namespace: 'acme', annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
    spec: {
      parentRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'stunner-gateway', namespace: 'stunner' },
      ],
      rules: [
        {
          backendRefs: [
            { group: '', kind: 'Service', name: 'janus-media', namespace: 'acme', port: 20000, endPort: 40000 },
          ],
        },
      ],
    },
  });
  expect(complaints(chart)).toEqual([]);
});

test('every prop arrives', () => {
  const chart = plainChart();
  const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
  const props: Required<MediaRouteProps> = {
    gateway,
    name: 'media',
    namespace: 'acme',
    backends: [
      MediaBackend.service('sfu', { ports: PortRange.any(), namespace: 'media' }),
      MediaBackend.staticPrefixes(['192.0.2.0/24'], { ports }),
    ],
    listeners: ['udp-listener'],
    auth: TurnAuth.ephemeral({ name: 'acme-turn' }),
  };
  new MediaRoute(chart, 'route', props);

  expect(manifest(chart, 'UDPRoute')).toMatchObject({
    metadata: { name: 'media', annotations: { 'cdk8s-stunner.dev/auth-ref': 'acme-turn' } },
    spec: {
      parentRefs: [{ sectionName: 'udp-listener' }],
      rules: [
        {
          backendRefs: [
            { group: '', kind: 'Service', name: 'sfu', namespace: 'media' },
            {
              group: 'stunner.l7mp.io',
              kind: 'StaticService',
              name: 'media',
              namespace: 'acme',
              port: 20000,
              endPort: 40000,
            },
          ],
        },
      ],
    },
  });
  expect(manifest(chart, 'StaticService')).toMatchObject({
    metadata: { name: 'media', namespace: 'acme' },
    spec: { prefixes: ['192.0.2.0/24'] },
  });
  expect(manifest(chart, 'ReferenceGrant')).toMatchObject({
    metadata: { name: 'acme.media', namespace: 'media' },
    spec: {
      from: [{ group: 'stunner.l7mp.io', kind: 'UDPRoute', namespace: 'acme' }],
      to: [{ group: '', kind: 'Service', name: 'sfu' }],
    },
  });
});

test('any port is written by leaving port and endPort out', () => {
  const { chart } = setting({ backends: [MediaBackend.service('sfu', { ports: PortRange.any() })] });
  const [rule] = manifest(chart, 'UDPRoute').spec.rules as { backendRefs: object[] }[];
  expect(rule?.backendRefs).toEqual([{ group: '', kind: 'Service', name: 'sfu', namespace: 'acme' }]);
});

test('a backend may be added later', () => {
  const { chart, route } = setting({ backends: [] });
  route.addBackend(janus);
  expect(route.backends).toEqual([janus]);
  expect(complaints(chart)).toEqual([]);
});

test('a route attaches to a Gateway that is rendered elsewhere', () => {
  const chart = plainChart('acme');
  const gateway = StunnerGateway.fromGatewayRef(chart, 'edge', { name: 'edge', namespace: 'turn' });
  new MediaRoute(chart, 'janus', { gateway, backends: [janus], listeners: ['whatever'] });
  expect(manifests(chart).map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([['UDPRoute', 'acme']]);
});

test.each<[Partial<MediaRouteProps>, string]>([
  [
    { name: 'Janus' },
    'route name is not valid (got "Janus"): lower-case letters, digits and "-" (RFC 1123 label); try "janus"',
  ],
  [
    { namespace: undefined },
    'route has no namespace (got nothing): the namespace of a tenant; set the prop "namespace", or that of the chart',
  ],
  [
    { auth: TurnAuth.ephemeral({ name: 's', namespace: 'globex' }) },
    'auth Secret is out of reach (got "globex"): the route\'s namespace "acme"; leave the namespace of the Secret out',
  ],
  [
    {
      backends: [
        MediaBackend.staticPrefixes(['192.0.2.1'], { ports }),
        MediaBackend.staticPrefixes(['192.0.2.2'], { ports }),
      ],
    },
    'two static backends have one name (got "janus"): a name of its own for each; set the option "name" of each static backend',
  ],
])('props %# are refused, with the path of the construct', (props, message) => {
  expect(() => setting(props)).toThrow(new Error(`[chart/janus] ${message}`));
});

test.each<[string, Partial<MediaRouteProps>, string]>([
  ['no backend', { backends: [] }, 'number of backends is out of range (got 0): 1 to 16; call addBackend'],
  [
    '17 backends',
    { backends: Array.from({ length: 17 }, (_, i) => MediaBackend.service(`sfu-${i}`, { ports })) },
    'number of backends is out of range (got 17): 1 to 16; split the route',
  ],
  [
    'an empty list of listeners',
    { listeners: [] },
    'number of listeners is out of range (got 0): 1 to 32; leave "listeners" out to attach to every listener',
  ],
  [
    'an unknown listener',
    { listeners: ['tls'] },
    'no such listener (got "tls"): a listener of the Gateway "stunner-gateway"; correct "listeners"',
  ],
  [
    'a namespace that is not admitted',
    { namespace: 'globex' },
    'route namespace is not admitted (got "globex"): a namespace that the listeners of the Gateway "stunner-gateway" admit; call admitRoutesFrom("globex") on the gateway',
  ],
])('%s cannot work', (_, props, message) => {
  expect(complaints(setting(props).chart)).toEqual([message]);
});

describe('stunnerd honours the first route that knows a peer, and no other', () => {
  const other = MediaBackend.service('janus-media', { ports: PortRange.of(50000, 60000) });

  test('other ports of one Service are refused', () => {
    const { chart, gateway } = setting();
    new MediaRoute(chart, 'second', { gateway, namespace: 'acme', backends: [other] });
    expect(complaints(chart)).toEqual([
      'ports of Service acme/janus-media are in dispute (got "50000-60000"): 20000-40000, as the route acme/janus opens it: only one range per peer takes effect; use one route with one range',
    ]);
  });

  test('other ports of one prefix are refused, in one route too', () => {
    const prefixes = ['192.0.2.0/24'];
    const backends = [ports, PortRange.any()].map((range, i) =>
      MediaBackend.staticPrefixes(prefixes, { ports: range, name: `s${i}` }),
    );
    expect(complaints(setting({ backends }).chart)).toEqual([
      'ports of 192.0.2.0/24 are in dispute (got "1-65535"): 20000-40000, as the route acme/janus opens it: only one range per peer takes effect; use one route with one range',
    ]);
  });

  test('the same ports, other listeners, or another Gateway are fine', () => {
    const chart = plainChart('acme');
    const listeners = [TurnListener.udp(3478, { name: 'a' }), TurnListener.udp(3479, { name: 'b' })];
    const gateway = gatewayIn(chart, { listeners, routeNamespaces: ['acme'] });
    const elsewhere = StunnerGateway.fromGatewayRef(chart, 'elsewhere', { name: 'e', namespace: 'e' });
    new MediaRoute(chart, 'first', { gateway, backends: [janus], listeners: ['a'] });
    new MediaRoute(chart, 'same', { gateway, backends: [janus], listeners: ['a'] });
    new MediaRoute(chart, 'other-listener', { gateway, backends: [other], listeners: ['b'] });
    new MediaRoute(chart, 'other-gateway', { gateway: elsewhere, backends: [other] });
    expect(complaints(chart)).toEqual([]);
  });
});
