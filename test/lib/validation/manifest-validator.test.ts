import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GitOpsApp, ManifestValidator, Region, RegionalStunner, Tenant, TurnListener } from 'cdk8s-stunner';
import { parse } from 'yaml';
import { exampleNames, renderExample } from '../examples';
import { GATEWAY_DEFAULTS } from '../support';

type Fields = Record<string, unknown>;

const object = (apiVersion: string, kind: string, name: string, namespace: string | undefined, spec: Fields) => ({
  apiVersion,
  kind,
  metadata: { name, namespace } as { name: string; namespace?: string; annotations?: Record<string, string> },
  spec,
});
const STUNNER = 'stunner.l7mp.io/v1';
const GATEWAY = 'gateway.networking.k8s.io/v1';

const byName = (...values: string[]) => ({
  namespaces: {
    from: 'Selector',
    selector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }] },
  },
});
const certified = { mode: 'Terminate', certificateRefs: [{ name: 'tls' }] };
const udp = { name: 'udp', port: 3478, protocol: 'TURN-UDP', allowedRoutes: byName('acme') };

const gatewayClass = (spec: Fields = {}) =>
  object(GATEWAY, 'GatewayClass', 'turn', undefined, {
    controllerName: 'stunner.l7mp.io/gateway-operator',
    parametersRef: { group: 'stunner.l7mp.io', kind: 'GatewayConfig', name: 'config', namespace: 'stunner' },
    ...spec,
  });
const config = (spec: Fields = {}) =>
  object(STUNNER, 'GatewayConfig', 'config', 'stunner', { dataplane: 'relay', authRef: { name: 'auth' }, ...spec });
const dataplane = (spec: Fields = {}) => object(STUNNER, 'Dataplane', 'relay', undefined, spec);
const gateway = (spec: Fields = {}) =>
  object(GATEWAY, 'Gateway', 'edge', 'stunner', { gatewayClassName: 'turn', listeners: [udp], ...spec });
const route = (spec: Fields = {}, namespace = 'acme') =>
  object(STUNNER, 'UDPRoute', 'sfu', namespace, {
    parentRefs: [{ name: 'edge', namespace: 'stunner' }],
    rules: [{ backendRefs: [{ name: 'sfu' }] }],
    ...spec,
  });
const whole = () => [gatewayClass(), config(), dataplane(), gateway(), route()];

/** The objects, some replaced by another of their kind. */
function withObjects(...changed: ReturnType<typeof object>[]) {
  const kinds = changed.map(({ kind }) => kind);
  return [...whole().filter(({ kind }) => !kinds.includes(kind)), ...changed];
}
const found = (objects: Fields[]) => ManifestValidator.check(objects).map(({ rule, message }) => `${rule}: ${message}`);

test('nothing is wrong with a whole set by hand', () => {
  expect(found(whole())).toEqual([]);
});

test.each(exampleNames())('nothing is wrong with the example %s', name => {
  const tree = Object.entries(renderExample(name)).filter(([file]) => file.endsWith('.yaml'));
  const clusters = [...new Set(tree.map(([file]) => file.split('/')[0]!))];
  for (const cluster of clusters) {
    const objects = tree
      .filter(([file]) => file.startsWith(`${cluster}/`))
      .map(([, content]) => parse(content) as Fields);
    expect(ManifestValidator.check(objects)).toEqual([]);
  }
});

test.each<[string, Fields[], string[]]>([
  [
    'a name with capitals',
    [object('v1', 'Service', 'Sfu', 'acme', {})],
    ['identity: name is not valid (got "Sfu"): an RFC 1123 subdomain; rename it'],
  ],
  [
    'a name that YAML takes for a number',
    [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 5 } }],
    ['identity: name is not valid (got "5 without quotes"): an RFC 1123 subdomain; rename it'],
  ],
  [
    'a label, and an annotation, that YAML takes for something else',
    [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'sfu', labels: { tier: 'a b', 'x/y/z': '' }, annotations: { 'stunner.l7mp.io/split': true } },
      },
    ],
    [
      'identity: label tier is not valid (got "a b"): a text of at most 63 letters, digits, "-", "_" and "."; quote or change it',
      'identity: key of a label or annotation is not valid (got "x/y/z"): at most 63 letters, digits, "-", "_" and ".", perhaps led by a DNS name and "/"; rename it',
      'identity: annotation stunner.l7mp.io/split is not valid (got "true"): a text; put it in quotes',
    ],
  ],
  [
    'an object twice',
    [...whole(), dataplane()],
    ['identity: object occurs twice (got "relay"): one object per group, kind, namespace and name; remove one'],
  ],
  [
    'a field that a kind does not have',
    withObjects(object(STUNNER, 'StaticService', 'auth', 'stunner', { prefixes: ['192.0.2.1'], type: 'static' })),
    ['schema: spec has no such field (got "type"): one of prefixes; correct or remove it'],
  ],
  [
    'a field that is missing',
    withObjects(route({ parentRefs: [{ namespace: 'stunner', name: 'edge' }, { namespace: 'other' }] })),
    ['schema: spec.parentRefs[1].name is missing (got nothing): a value; add it'],
  ],
  [
    'a text for a number',
    withObjects(gateway({ listeners: [{ ...udp, port: '3478' }] })),
    ['schema: spec.listeners[0].port is not valid (got "3478"): a whole number; correct it'],
  ],
  [
    'a number out of range',
    withObjects(gateway({ listeners: [{ ...udp, port: 65536 }] })),
    ['schema: spec.listeners[0].port is not valid (got 65536): 1 to 65535; correct it'],
  ],
  [
    'a choice that is none',
    withObjects(dataplane({ dataplaneResource: 'StatefulSet' })),
    ['schema: spec.dataplaneResource is not valid (got "StatefulSet"): one of Deployment, DaemonSet; correct it'],
  ],
  [
    'two listeners of one name',
    withObjects(gateway({ listeners: [udp, { ...udp, port: 443 }] })),
    ['schema: spec.listeners repeats name (got "["udp"]"): each once; change one'],
  ],
  [
    'a class without its config',
    withObjects(
      gatewayClass({ parametersRef: { group: 'stunner.l7mp.io', kind: 'GatewayConfig', name: 'x', namespace: 'y' } }),
    ),
    ['reference: there is no such GatewayConfig (got "y/x"): one of the same cluster; add it, or correct the name'],
  ],
  [
    'a Gateway of a class that is not there',
    withObjects(gateway({ gatewayClassName: 'other' })),
    ['reference: there is no such GatewayClass (got "other"): one of the same cluster; add it, or correct the name'],
  ],
  [
    'a config of a dataplane that is not there',
    withObjects(config({ dataplane: 'other' })),
    ['reference: there is no such Dataplane (got "other"): one of the same cluster; add it, or correct the name'],
  ],
  [
    'a route to a Gateway that is not there',
    withObjects(route({ parentRefs: [{ name: 'egde', namespace: 'stunner' }] })),
    ['reference: there is no such Gateway (got "stunner/egde"): one of the same cluster; add it, or correct the name'],
  ],
  [
    'a route to a listener that is not there',
    withObjects(route({ parentRefs: [{ name: 'edge', namespace: 'stunner', sectionName: 'tcp' }] })),
    [
      'reference: there is no such listener of the Gateway "edge" (got "tcp"): one of the same cluster; add it, or correct the name',
    ],
  ],
  [
    'a route that no listener admits',
    withObjects(route({}, 'globex')),
    [
      'reference: route is not admitted (got "globex"): a namespace that a listener of the Gateway "edge" admits; admit it, or move the route',
    ],
  ],
  [
    'a static backend that is not there',
    withObjects(route({ rules: [{ backendRefs: [{ group: 'stunner.l7mp.io', kind: 'StaticService', name: 'x' }] }] })),
    ['reference: there is no such StaticService (got "acme/x"): one of the same cluster; add it, or correct the name'],
  ],
  [
    'two transports without the annotation',
    withObjects(gateway({ listeners: [udp, { ...udp, name: 'tcp', protocol: 'TURN-TCP' }] })),
    [
      'serving: listeners of the second transport get no address (got nothing): stunner.l7mp.io/enable-mixed-protocol-lb "true"; add it',
    ],
  ],
  [
    'TLS without a certificate',
    withObjects(gateway({ listeners: [{ ...udp, protocol: 'TURN-TLS' }] })),
    [
      'serving: listener has no certificate (got "udp"): tls.mode Terminate and a certificate; name one in certificateRefs',
    ],
  ],
  [
    'two rules',
    withObjects(route({ rules: [{ backendRefs: [{ name: 'a' }] }, { backendRefs: [{ name: 'b' }] }] })),
    [
      'serving: number of rules is not served (got 2): exactly one rule, for the others are passed over; make more routes',
    ],
  ],
  [
    'the metadata service as a peer',
    withObjects(object(STUNNER, 'StaticService', 'x', 'acme', { prefixes: ['169.254.169.254'] })),
    [
      'serving: prefix is refused (got "169.254.169.254"): nothing that overlaps 169.254.0.0/16 (link-local and the cloud metadata service); name the media servers',
    ],
  ],
  [
    'the UDPRoute that STUNner does not watch',
    [...whole(), object(GATEWAY, 'UDPRoute', 'x', 'acme', { parentRefs: [{ name: 'edge', namespace: 'stunner' }] })],
    [
      'serving: STUNner does not watch this UDPRoute (got "gateway.networking.k8s.io/v1"): stunner.l7mp.io; use stunner.l7mp.io/v1',
    ],
  ],
  [
    'two listeners on one port',
    withObjects(gateway({ listeners: [udp, { ...udp, name: 'dtls', protocol: 'TURN-DTLS', tls: certified }] })),
    [
      'serving: two listeners share a port (got "3478/udp"): one listener per port among UDP and DTLS, and one among TCP and TLS; move one of them',
    ],
  ],
  [
    'a protocol of TURN that there is not',
    withObjects(gateway({ listeners: [udp, { ...udp, name: 'two', protocol: 'TURN-UPD' }] })),
    ['serving: protocol is not served (got "TURN-UPD"): one of TURN-UDP, TURN-DTLS, TURN-TCP, TURN-TLS; correct it'],
  ],
  [
    'a Gateway whose name no Service can have',
    [
      ...whole().filter(({ kind }) => kind !== 'Gateway' && kind !== 'UDPRoute'),
      object(GATEWAY, 'Gateway', '4turn', 'stunner', { gatewayClassName: 'turn', listeners: [udp] }),
    ],
    [
      'serving: Gateway name is not that of a Service (got "4turn"): lower-case letters, digits and "-", a letter first (RFC 1035 label): a Service is called so; rename it',
    ],
  ],
  [
    'an annotation that the operator misreads',
    withObjects({
      ...gateway(),
      metadata: { ...gateway().metadata, annotations: { 'stunner.l7mp.io/service-type': 'nodeport' } },
    }),
    [
      'serving: annotation stunner.l7mp.io/service-type is not understood (got "nodeport"): one of ClusterIP, NodePort, LoadBalancer, ExternalName; correct the value',
    ],
  ],
  [
    'a log level that does nothing',
    withObjects(config({ logLevel: 'info' })),
    [
      'serving: log level is not understood (got "info"): scope:LEVEL joined by commas, LEVEL one of DISABLE, ERROR, WARN, INFO, DEBUG, TRACE; write "all:INFO"',
    ],
  ],
  [
    'a config without a credential',
    withObjects(config({ authRef: undefined })),
    ['serving: GatewayConfig has no credential (got nothing): a Secret in authRef; name one'],
  ],
  [
    'ports the wrong way round',
    withObjects(route({ rules: [{ backendRefs: [{ name: 'sfu', port: 40000, endPort: 20000 }] }] })),
    [
      'serving: ports of a backend are no range (got "{"port":40000,"endPort":20000}"): port, or port and endPort, the lower first, 1 to 65535; correct them',
    ],
  ],
  [
    'a last port without a first',
    withObjects(route({ rules: [{ backendRefs: [{ name: 'sfu', endPort: 20000 }] }] })),
    [
      'serving: ports of a backend are no range (got "{"endPort":20000}"): port, or port and endPort, the lower first, 1 to 65535; correct them',
    ],
  ],
  [
    'a StaticService of no group',
    [
      ...withObjects(route({ rules: [{ backendRefs: [{ kind: 'StaticService', name: 'x' }] }] })),
      object(STUNNER, 'StaticService', 'x', 'acme', { prefixes: ['192.0.2.1'] }),
    ],
    ['serving: group of a StaticService is not its own (got ""): stunner.l7mp.io; set "group"'],
  ],
  [
    'a password in a GatewayConfig',
    withObjects(config({ userName: 'u', password: 'hunter2' })),
    [
      'credential: a credential is written out (got "userName"): a reference; use authRef',
      'credential: a credential is written out (got "password"): a reference; use authRef',
    ],
  ],
])('%s is found', (_, objects, expected) => {
  expect(found(objects)).toEqual(expected);
});

test('what is in the cluster by other means may be referred to', () => {
  const objects = withObjects(
    gatewayClass(),
    gateway({ gatewayClassName: 'http' }),
    route({
      parentRefs: [
        { name: 'edge', namespace: 'stunner' },
        { name: 'far', namespace: 'stunner' },
      ],
      rules: [{ backendRefs: [{ group: 'stunner.l7mp.io', kind: 'StaticService', name: 'x' }] }],
    }),
  );
  const external = [
    'gateway.networking.k8s.io/GatewayClass http',
    'gateway.networking.k8s.io/Gateway stunner/far',
    'stunner.l7mp.io/StaticService acme/x',
  ];
  expect(ManifestValidator.check(objects)).toHaveLength(3);
  expect(ManifestValidator.check(objects, { external })).toEqual([]);
});

test('a Secret in the tree is found, and not repeated', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'n' },
    stringData: { a: 'hunter2' },
  };
  const findings = ManifestValidator.check([secret]);
  expect(findings).toMatchObject([{ rule: 'credential', object: 'core/Secret n/s' }]);
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});

test('manifests that are no objects of Kubernetes are found rather than thrown over', () => {
  expect(ManifestValidator.check([{}, { kind: 'UDPRoute', apiVersion: STUNNER, spec: 5 }]).length).toBeGreaterThan(2);
});

test.each<[string, Fields[]]>([
  [
    'a class of another controller, with or without parameters',
    [...whole(), object(GATEWAY, 'GatewayClass', 'http', undefined, { controllerName: 'example.com/gateway' })],
  ],
  [
    'the UDPRoute of Gateway API on a Gateway that is not STUNner’s',
    [
      ...whole(),
      object(GATEWAY, 'Gateway', 'dns', 'acme', {
        gatewayClassName: 'udp',
        listeners: [{ name: 'dns', port: 53, protocol: 'UDP' }],
      }),
      object(GATEWAY, 'UDPRoute', 'dns', 'acme', { parentRefs: [{ name: 'dns' }], rules: [] }),
    ],
  ],
  [
    'a namespace on a cluster-scoped object, which cdk8s writes there and the API server drops',
    whole().map(each => ({ ...each, metadata: { ...each.metadata, namespace: each.metadata.namespace ?? 'stunner' } })),
  ],
])('nothing is wrong with %s', (_, objects) => {
  expect(found(objects)).toEqual([]);
});

test('whatever stands in a manifest, it is judged rather than thrown over', () => {
  const paths = whole().flatMap((each, index) => leaves(each).map(leaf => [String(index), ...leaf]));
  const inherited = fc.constantFrom('constructor', 'toString', 'valueOf', 'toJSON', '__proto__', 'hasOwnProperty');
  const annotations = fc.dictionary(
    inherited.map(name => `stunner.l7mp.io/${name}`),
    fc.string(),
  );
  const itself: Fields = { list: [] };
  (itself.list as unknown[]).push(itself);
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(itself, itself.list, [itself], 10n, new Date(NaN), Symbol.iterator, undefined),
    inherited,
    fc.dictionary(inherited, fc.jsonValue({ maxDepth: 1 })),
    annotations,
  );
  fc.assert(
    fc.property(fc.constantFrom(...paths), values, (place, value) => {
      const objects = structuredClone(whole()) as unknown as Fields[];
      replace(objects, place, value);
      expect(Array.isArray(ManifestValidator.check(objects))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('an empty document is none, and one that is no object has no kind', () => {
  const documents = (...values: unknown[]): Fields[] => [...(whole() as unknown as Fields[]), ...(values as Fields[])];
  expect(ManifestValidator.check(documents(null, undefined))).toEqual([]);
  const kinds = ManifestValidator.check(documents('text', 5, [])).filter(({ message }) => message.includes('no kind'));
  expect(kinds).toHaveLength(3);
});

/** Where something stands in a value: the path of every member, however deep. */
function leaves(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[key], ...leaves(member).map(rest => [key, ...rest])]);
}

function replace(root: unknown, place: readonly string[], value: unknown): void {
  const [last = '', ...parents] = [...place].reverse();
  const holder = parents.reverse().reduce<unknown>((at, key) => (at as Fields)[key], root);
  (holder as Fields)[last] = value;
}

test('an app that is told to validate renders nothing while there is anything to find', () => {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'validate-'));
  try {
    const app = new GitOpsApp({ outdir, validate: true });
    new ApiObject(new Chart(app, 'chart'), 'route', route());
    new ApiObject(new Chart(app, 'other'), 'secret', {
      apiVersion: 'v1',
      kind: 'Secret',
      stringData: { a: 'hunter2' },
    });
    expect(() => app.synth()).toThrow(
      /^The rendered objects are not sound, and none is written:\n {2}core\/Secret .*\[credential\]$/,
    );
    expect(fs.readdirSync(outdir)).toEqual([]);
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
});

test('an app tells what a patch has broken, and clusters do not answer for one another', () => {
  const app = new GitOpsApp({ outdir: '/nowhere' });
  const stunner = new RegionalStunner(app, 'stunner', {
    ...GATEWAY_DEFAULTS,
    regions: ['eu', 'us'].map(name => Region.of(name, { hostname: `${name}.example.com` })),
    tenants: [Tenant.of('acme')],
    listeners: [TurnListener.udp(), TurnListener.tcp()],
  });
  expect(app.findings()).toEqual([]);
  const annotation = '/metadata/annotations/stunner.l7mp.io~1enable-mixed-protocol-lb';
  ApiObject.of(stunner.region('us').gateway).addJsonPatch(JsonPatch.remove(annotation));
  expect(app.findings()).toMatchObject([
    { rule: 'serving', object: 'gateway.networking.k8s.io/Gateway stunner/stunner-gateway' },
  ]);
});
