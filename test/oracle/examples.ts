/** Hand-written manifests, independent of the library. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const STUNNER = 'stunner.l7mp.io/v1';
const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** A complete TURN edge: three listeners, ephemeral credentials, and one tenant whose route has both kinds of backend. */
export function edgeManifests(): Manifest[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'turn-edge' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'acme', labels: { 'example.org/tenant': 'true' } } },
    {
      apiVersion: STUNNER,
      kind: 'Dataplane',
      metadata: { name: 'edge' },
      spec: {
        image: 'registry.example.org/relay:1.0.0',
        command: ['stunnerd'],
        args: ['-w', '--udp-thread-num=4'],
        env: [{ name: 'MODE', value: 'edge' }],
        resources: { requests: { cpu: '250m', memory: '128Mi' }, limits: { cpu: 1, memory: '512Mi' } },
        terminationGracePeriodSeconds: 1800,
        containerSecurityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 65532 },
      },
    },
    {
      apiVersion: STUNNER,
      kind: 'GatewayConfig',
      metadata: { name: 'edge', namespace: 'turn-edge' },
      spec: {
        realm: 'turn.example.org',
        dataplane: 'edge',
        authRef: { name: 'turn-secret', namespace: 'turn-edge' },
        loadBalancerServiceAnnotations: { 'example.org/load-balancer': 'network' },
      },
    },
    {
      apiVersion: GATEWAY_API,
      kind: 'GatewayClass',
      metadata: { name: 'turn-edge' },
      spec: {
        controllerName: 'stunner.l7mp.io/gateway-operator',
        parametersRef: { group: 'stunner.l7mp.io', kind: 'GatewayConfig', name: 'edge', namespace: 'turn-edge' },
      },
    },
    gateway(),
    staticService({ prefixes: ['198.51.100.0/24', '192.0.2.7'] }),
    udpRouteWith({
      backendRefs: [
        { name: 'sfu', port: 20000, endPort: 40000 },
        { group: 'stunner.l7mp.io', kind: 'StaticService', name: 'legacy' },
      ],
    }),
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'tls', namespace: 'certificates' },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'turn-edge' }],
        to: [{ group: '', kind: 'Secret' }],
      },
    },
    httpRouteWith({ backendRefs: [{ name: 'signalling', port: 8443 }] }),
  ];
}

export function gateway(): Manifest {
  const allowedRoutes = {
    namespaces: { from: 'Selector', selector: { matchLabels: { 'example.org/tenant': 'true' } } },
  };
  return gatewayWith(
    listener({ allowedRoutes }),
    listener({ name: 'tcp', protocol: 'TURN-TCP', allowedRoutes }),
    listener({
      name: 'tls',
      port: 5349,
      protocol: 'TURN-TLS',
      tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: 'turn-tls' }] },
      allowedRoutes,
    }),
  );
}

export function gatewayWith(...listeners: object[]): Manifest {
  return {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name: 'turn', namespace: 'turn-edge' },
    spec: { gatewayClassName: 'turn-edge', listeners },
  };
}

/** A TURN-UDP listener, but for the fields given. */
export function listener(fields: object): object {
  return { name: 'udp', port: 3478, protocol: 'TURN-UDP', ...fields };
}

export function staticService(spec: object): Manifest {
  return { apiVersion: STUNNER, kind: 'StaticService', metadata: { name: 'legacy', namespace: 'acme' }, spec };
}

export function udpRouteWith(rule: object): Manifest {
  return {
    apiVersion: STUNNER,
    kind: 'UDPRoute',
    metadata: { name: 'sfu', namespace: 'acme' },
    spec: { parentRefs: [{ name: 'turn', namespace: 'turn-edge' }], rules: [rule] },
  };
}

export function httpRouteWith(rule: object, spec: object = {}): Manifest {
  return {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'acme' },
    spec: { parentRefs: [{ name: 'web' }], rules: [rule], ...spec },
  };
}
