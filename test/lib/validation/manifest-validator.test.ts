import { ApiObject, JsonPatch } from 'cdk8s';
import { GitOpsApp, ManifestValidator, Region, RegionalStunner, Tenant, TurnListener } from 'cdk8s-stunner';
import { parse } from 'yaml';
import { exampleNames, renderExample } from '../examples';
import { GATEWAY_DEFAULTS } from '../support';

type Fields = Record<string, unknown>;

const object = (apiVersion: string, kind: string, name: string, namespace: string | undefined, spec: Fields) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
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
    [...whole(), object(GATEWAY, 'UDPRoute', 'x', 'acme', {})],
    [
      'serving: STUNner does not watch this UDPRoute (got "gateway.networking.k8s.io/v1"): stunner.l7mp.io; use stunner.l7mp.io/v1',
    ],
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
