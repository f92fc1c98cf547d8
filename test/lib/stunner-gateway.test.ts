import { ApiObject, JsonPatch } from 'cdk8s';
import {
  Dataplane,
  LoadBalancerProfile,
  StunnerGateway,
  StunnerGatewayProps,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { complaints, gatewayIn, GATEWAY_DEFAULTS, manifest, manifests, plainChart } from './support';

const certificate = { name: 'stunner-tls' };

test('the default child is the Gateway', () => {
  const gateway = gatewayIn(plainChart());
  expect(ApiObject.of(gateway)).toMatchObject({ kind: 'Gateway', apiVersion: 'gateway.networking.k8s.io/v1' });
});

test('a minimal Gateway brings class, config and dataplane along, all bound to one another', () => {
  const chart = plainChart();
  gatewayIn(chart);

  expect(manifest(chart, 'Gateway').spec).toEqual({
    gatewayClassName: 'stunner-gateway-class',
    listeners: [
      { name: 'udp-listener', port: 3478, protocol: 'TURN-UDP', allowedRoutes: { namespaces: { from: 'Same' } } },
    ],
  });
  expect(manifest(chart, 'GatewayClass').spec).toEqual({
    controllerName: 'stunner.l7mp.io/gateway-operator',
    parametersRef: {
      group: 'stunner.l7mp.io',
      kind: 'GatewayConfig',
      name: 'stunner-gateway-config',
      namespace: 'stunner',
    },
  });
  expect(manifest(chart, 'GatewayConfig').spec).toEqual({
    authRef: { group: '', kind: 'Secret', name: 'stunner-auth', namespace: 'stunner' },
    authType: 'ephemeral',
    dataplane: 'stunner-gateway-dataplane',
    logLevel: 'all:INFO',
    realm: 'turn.example.com',
  });
  expect(manifest(chart, 'Dataplane').metadata.name).toBe('stunner-gateway-dataplane');
});

test('cluster-scoped kinds take no namespace from the chart', () => {
  const chart = plainChart('stunner');
  new StunnerGateway(chart, 'edge', GATEWAY_DEFAULTS);
  const namespaces = manifests(chart).map(({ kind, metadata }) => [kind, metadata.namespace]);
  expect(Object.fromEntries(namespaces)).toEqual({
    Gateway: 'stunner',
    GatewayConfig: 'stunner',
    GatewayClass: undefined,
    PodDisruptionBudget: 'stunner',
    Dataplane: undefined,
  });
});

test('every prop arrives', () => {
  const chart = plainChart();
  const props: Required<StunnerGatewayProps> = {
    name: 'edge',
    namespace: 'turn',
    gatewayClassName: 'edge-turn',
    gatewayConfigName: 'edge-config',
    realm: 'example.org',
    auth: TurnAuth.static({ name: 'credentials' }),
    listeners: [TurnListener.tls(443, { certificate, name: 'tls', routeNamespaces: ['globex'] }), TurnListener.tcp(80)],
    logLevel: 'all:WARN,turn:DEBUG',
    dataplane: Dataplane.existing('shared'),
    loadBalancer: LoadBalancerProfile.metalLb({ addressPool: 'media' }),
    annotations: { 'stunner.l7mp.io/external-traffic-policy': 'local' },
    hostname: 'turn.example.org',
    certificateNames: ['global.example.org'],
    address: '192.0.2.1',
    routeNamespaces: ['initech', 'acme', 'acme'],
  };
  new StunnerGateway(chart, 'gateway', props);

  const selector = (...values: string[]) => ({
    namespaces: {
      from: 'Selector',
      selector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }] },
    },
  });
  expect(manifest(chart, 'Gateway')).toMatchObject({
    metadata: {
      name: 'edge',
      namespace: 'turn',
      annotations: {
        'argocd.argoproj.io/sync-wave': '-1',
        'external-dns.alpha.kubernetes.io/hostname': 'turn.example.org',
        'external-dns.kubernetes.io/hostname': 'turn.example.org',
        'metallb.io/address-pool': 'media',
        'stunner.l7mp.io/external-traffic-policy': 'local',
      },
    },
    spec: {
      gatewayClassName: 'edge-turn',
      addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
      listeners: [
        {
          name: 'tls',
          port: 443,
          protocol: 'TURN-TLS',
          tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: 'stunner-tls' }] },
          allowedRoutes: selector('globex'),
        },
        { name: 'tcp-listener', port: 80, protocol: 'TURN-TCP', allowedRoutes: selector('acme', 'initech') },
      ],
    },
  });
  expect(manifest(chart, 'GatewayConfig')).toMatchObject({
    metadata: { name: 'edge-config' },
    spec: {
      authType: 'static',
      authRef: { name: 'credentials' },
      dataplane: 'shared',
      logLevel: 'all:WARN,turn:DEBUG',
    },
  });
  expect(manifests(chart).map(({ kind }) => kind)).not.toContain('Dataplane');
});

test('UDP and TCP listeners together ask for a mixed-protocol load balancer', () => {
  const chart = plainChart();
  const gateway = gatewayIn(chart);
  const mixed = () => manifest(chart, 'Gateway').metadata.annotations?.['stunner.l7mp.io/enable-mixed-protocol-lb'];
  expect(mixed()).toBeUndefined();
  gateway.addListener(TurnListener.tcp());
  expect(mixed()).toBe('true');
});

test('URIs follow RFC 7065, one for each listener', () => {
  const listeners = [TurnListener.udp(), TurnListener.tls(5349, { certificate })];
  const gateway = gatewayIn(plainChart(), { hostname: 'turn.example.com', listeners });
  expect(gateway.iceServers()).toEqual([
    { urls: ['turn:turn.example.com:3478?transport=udp', 'turns:turn.example.com:5349?transport=tcp'] },
  ]);
});

test('Secrets of another namespace are granted there, and nothing else is', () => {
  const chart = plainChart();
  const elsewhere = (name: string) => ({ certificate: { name, namespace: 'certs' } });
  const listeners = [TurnListener.tls(5349, elsewhere('b')), TurnListener.dtls(5349, elsewhere('a'))];
  gatewayIn(chart, { listeners, auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'vault' }) });

  const grants = manifests(chart).filter(({ kind }) => kind === 'ReferenceGrant');
  expect(
    grants.map(({ apiVersion, metadata, spec }) => ({ apiVersion, ...metadata, annotations: undefined, spec })),
  ).toEqual([
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      name: 'stunner.stunner-gateway-config',
      namespace: 'vault',
      spec: {
        from: [{ group: 'stunner.l7mp.io', kind: 'GatewayConfig', namespace: 'stunner' }],
        to: [{ group: '', kind: 'Secret', name: 'auth' }],
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      name: 'stunner.stunner-gateway',
      namespace: 'certs',
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'stunner' }],
        to: [
          { group: '', kind: 'Secret', name: 'a' },
          { group: '', kind: 'Secret', name: 'b' },
        ],
      },
    },
  ]);
});

test('a JSON patch reaches fields that the generated types do not know', () => {
  const chart = plainChart();
  ApiObject.of(gatewayIn(chart)).addJsonPatch(JsonPatch.add('/spec/fromTheFuture', true));
  expect(manifest(chart, 'Gateway').spec).toMatchObject({ fromTheFuture: true });
});

test.each<[Partial<StunnerGatewayProps>, string]>([
  [
    { name: '1edge' },
    'Gateway name is not valid (got "1edge"): lower-case letters, digits and "-", a letter first (RFC 1035 label); rename it',
  ],
  [
    { name: 'e'.repeat(60) },
    `GatewayClass name is too long (got "${'e'.repeat(60)}-class"): at most 63 characters; choose a shorter name, for names are never cut or hashed`,
  ],
  [
    { realm: 'Example.com' },
    'realm is not valid (got "Example.com"): lower-case DNS labels joined by "."; try "example.com"',
  ],
  [
    { hostname: 'turn.example.com.' },
    'hostname is not valid (got "turn.example.com."): lower-case DNS labels joined by "."; rename it',
  ],
  [
    { logLevel: 'info' },
    'log level is not understood (got "info"): scope:LEVEL joined by commas, LEVEL one of DISABLE, ERROR, WARN, INFO, DEBUG, TRACE; write "all:INFO"',
  ],
  [
    { logLevel: 'all:LOUD' },
    'log level is not understood (got "all:LOUD"): scope:LEVEL joined by commas, LEVEL one of DISABLE, ERROR, WARN, INFO, DEBUG, TRACE; write "all:INFO"',
  ],
  [
    { routeNamespaces: ['a.b'] },
    'route namespace is not valid (got "a.b"): lower-case letters, digits and "-" (RFC 1123 label); rename it',
  ],
])('props %j are refused, with the path of the construct', (props, message) => {
  expect(() => gatewayIn(plainChart(), props)).toThrow(new Error(`[chart/stunner-gateway] ${message}`));
});

test('a Gateway without a namespace is refused', () => {
  expect(() => new StunnerGateway(plainChart(), 'edge', GATEWAY_DEFAULTS)).toThrow(
    new Error(
      '[chart/edge] Gateway has no namespace (got nothing): a namespace of its own; set the prop "namespace", or that of the chart',
    ),
  );
});

test('URIs without a hostname are refused', () => {
  expect(() => gatewayIn(plainChart()).turnUris()).toThrow(
    new Error(
      '[chart/stunner-gateway] no TURN URIs without a hostname (got nothing): a DNS name; set the prop "hostname"',
    ),
  );
});

const tcp8086 = TurnListener.tcp(8086);
test.each<[string, Partial<StunnerGatewayProps>, string]>([
  ['no listener', { listeners: [] }, 'number of listeners is out of range (got 0): 1 to 64; add or remove listeners'],
  [
    '65 listeners',
    { listeners: Array.from({ length: 65 }, (_, i) => TurnListener.udp(4000 + i, { name: `l${i}` })) },
    'number of listeners is out of range (got 65): 1 to 64; add or remove listeners',
  ],
  [
    'one name twice',
    { listeners: [TurnListener.udp(3478), TurnListener.udp(3479)] },
    'two listeners have one name (got "udp-listener"): a name of its own for each; set the option "name"',
  ],
  [
    'UDP and DTLS on one port',
    { listeners: [TurnListener.udp(3478), TurnListener.dtls(3478, { certificate })] },
    'two listeners share a port (got "3478/udp"): one listener per port among UDP and DTLS, and one among TCP and TLS; move one of them',
  ],
  [
    'the health port',
    { listeners: [tcp8086] },
    'listener port is taken by the relay (got 8086): any port but 8080 and 8086, the metrics and health ports of the relay; move the listener',
  ],
  [
    'mixed transports with the annotation off',
    {
      listeners: [TurnListener.udp(), TurnListener.tcp()],
      annotations: { 'stunner.l7mp.io/enable-mixed-protocol-lb': 'false' },
    },
    'UDP and TCP listeners cannot be served (got "false"): stunner.l7mp.io/enable-mixed-protocol-lb "true"; drop the annotation, or give each transport a Gateway of its own',
  ],
  [
    'an unknown Service type',
    { annotations: { 'stunner.l7mp.io/service-type': 'None' } },
    'annotation stunner.l7mp.io/service-type is not understood (got "None"): one of ClusterIP, NodePort, LoadBalancer, ExternalName; correct the value',
  ],
  [
    'node ports that are no map',
    { annotations: { 'stunner.l7mp.io/nodeport': '[]' } },
    'annotation stunner.l7mp.io/nodeport is not understood (got "[]"): a JSON object from listener names (udp-listener) to ports 30000 to 32767; write it like {"udp-listener":30478}',
  ],
  [
    'a node port for no listener',
    { annotations: { 'stunner.l7mp.io/nodeport': '{"udp":30478}' } },
    'annotation stunner.l7mp.io/nodeport is not understood (got "{"udp":30478}"): a JSON object from listener names (udp-listener) to ports 30000 to 32767; write it like {"udp-listener":30478}',
  ],
])('%s cannot work', (_, props, message) => {
  const chart = plainChart();
  gatewayIn(chart, props);
  expect(complaints(chart)).toEqual([message]);
});

test('the same port over UDP and TCP, and well-formed annotations, work', () => {
  const chart = plainChart();
  const annotations = {
    'stunner.l7mp.io/nodeport': '{"udp-listener":30478}',
    'stunner.l7mp.io/service-type': 'NodePort',
    'example.com/anything': 'goes',
  };
  gatewayIn(chart, { listeners: [TurnListener.udp(3478), TurnListener.tcp(3478)], annotations });
  expect(complaints(chart)).toEqual([]);
});

test('a referenced Gateway renders nothing and leaves listeners to whoever knows them', () => {
  const chart = plainChart();
  const gateway = StunnerGateway.fromGatewayRef(chart, 'edge', { name: 'edge', namespace: 'turn' });
  expect(manifests(chart)).toEqual([]);
  expect(gateway).toMatchObject({ gatewayName: 'edge', gatewayNamespace: 'turn' });
  expect([gateway.hasListener('any'), gateway.admitsRoutesFrom('any')]).toEqual([true, true]);
});
