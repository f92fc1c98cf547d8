import { ApiObject, App, Chart, JsonPatch, Testing } from 'cdk8s';
import {
  GitOpsApp,
  Isolation,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  RegionalStunnerProps,
  Tenant,
  TurnListener,
} from 'cdk8s-stunner';
import { GATEWAY_DEFAULTS, manifest } from './support';

const ports = PortRange.of(20000, 40000);
const janus = { backends: [MediaBackend.service('janus-media', { ports })] };
const europe = Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' });
const america = Region.of('us-east-1', { hostname: 'us-east-1.turn.example.com' });
const acme = Tenant.of('acme');
const globex = Tenant.of('globex', { namespace: 'globex-media' });

function regionalStunner(app: App, props: Partial<RegionalStunnerProps> = {}): RegionalStunner {
  return new RegionalStunner(app, 'stunner', {
    ...GATEWAY_DEFAULTS,
    regions: [europe, america],
    tenants: [acme],
    ...props,
  });
}

test('the default child of a region is in its platform chart: a Gateway', () => {
  const { platform, gateway } = regionalStunner(Testing.app()).region('eu-west-1');
  expect(ApiObject.of(gateway)).toMatchObject({ kind: 'Gateway', chart: platform });
});

test('platform and tenants have a folder each, in every region', () => {
  const app = new GitOpsApp();
  const stunner = regionalStunner(app, { tenants: [acme, globex], isolation: Isolation.none() });
  stunner.addRoute(acme, 'janus', janus);
  stunner.addRoute(globex, 'janus', janus);
  expect(app.render().map(file => file.path)).toEqual(
    ['eu-west-1', 'us-east-1'].flatMap(region => [
      `${region}/acme/stunner.l7mp.io_UDPRoute_acme_janus.yaml`,
      `${region}/globex/stunner.l7mp.io_UDPRoute_globex-media_janus.yaml`,
      `${region}/platform/gateway.networking.k8s.io_GatewayClass__stunner-gatewayclass.yaml`,
      `${region}/platform/gateway.networking.k8s.io_Gateway_stunner_stunner-gateway.yaml`,
      `${region}/platform/policy_PodDisruptionBudget_stunner_stunner-gateway.yaml`,
      `${region}/platform/stunner.l7mp.io_Dataplane__stunner-gateway-dataplane.yaml`,
      `${region}/platform/stunner.l7mp.io_GatewayConfig_stunner_stunner-config.yaml`,
    ]),
  );
});

test('every prop arrives in every region', () => {
  const regions = [Region.of('eu', { hostname: 'eu.example.com', gatewayAnnotations: { 'example.com/cloud': 'eu' } })];
  const stunner = regionalStunner(Testing.app(), {
    regions,
    namespace: 'turn',
    gatewayName: 'edge',
    gatewayClassName: 'edge-class',
    gatewayConfigName: 'edge-config',
    listeners: [TurnListener.udp(), TurnListener.tcp()],
    annotations: { 'example.com/all': 'yes', 'example.com/cloud': 'none' },
  });
  const { platform, gateway } = stunner.region('eu');
  expect(manifest(platform, 'Gateway')).toMatchObject({
    metadata: { name: 'edge', namespace: 'turn', annotations: { 'example.com/all': 'yes', 'example.com/cloud': 'eu' } },
    spec: { gatewayClassName: 'edge-class' },
  });
  expect(manifest(platform, 'GatewayConfig').metadata).toMatchObject({ name: 'edge-config', namespace: 'turn' });
  expect(gateway.turnUris()).toEqual([
    'turn:eu.example.com:3478?transport=udp',
    'turn:eu.example.com:3478?transport=tcp',
  ]);
});

test('tenants alone are admitted, by a label that they cannot set', () => {
  const { platform } = regionalStunner(Testing.app(), { tenants: [globex, acme] }).region('us-east-1');
  expect(manifest(platform, 'Gateway').spec.listeners).toMatchObject([
    {
      allowedRoutes: {
        namespaces: {
          from: 'Selector',
          selector: {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['acme', 'globex-media'] },
            ],
          },
        },
      },
    },
  ]);
});

test('one region can be changed without the other', () => {
  const stunner = regionalStunner(Testing.app());
  const share = stunner.region('eu-west-1');
  share.gateway.addListener(TurnListener.tcp(443, { name: 'last-resort' }));
  ApiObject.of(share.gateway).addJsonPatch(JsonPatch.add('/metadata/labels', { tier: 'edge' }));
  share.addRoute(acme, 'only-here', janus);

  expect(manifest(share.platform, 'Gateway').metadata.labels).toEqual({ tier: 'edge' });
  expect(stunner.region('us-east-1').gateway.listeners).toHaveLength(1);
  expect(manifest(share.tenantChart(acme), 'UDPRoute').metadata.name).toBe('only-here');
  expect(Testing.synth(stunner.region('us-east-1').tenantChart(acme))).toEqual([]);
});

test('it renders under a plain App, a file per chart', () => {
  const app = Testing.app();
  regionalStunner(app, { isolation: Isolation.none() }).addRoute(acme, 'janus', janus);
  app.synth();
  expect(app.charts).toHaveLength(4);
  expect(app.synthYaml().match(/^kind: /gm)).toHaveLength(12);
});

test.each<[string, (app: App) => unknown, string]>([
  [
    'no region',
    app => regionalStunner(app, { regions: [] }),
    '[stunner] too few regions (got 0): at least one; add Region.of(…)',
  ],
  [
    'one name twice',
    app => regionalStunner(app, { regions: [europe, Region.of('eu-west-1', { hostname: 'other.example.com' })] }),
    '[stunner] two regions have one name (got "eu-west-1"): a name of its own for each; change one',
  ],
  [
    'one hostname twice',
    app => regionalStunner(app, { regions: [europe, Region.of('eu-west-2', { hostname: europe.hostname })] }),
    '[stunner] two regions have one hostname (got "eu-west-1.turn.example.com"): a hostname of its own for each; change one',
  ],
  [
    'a tenant twice',
    app => regionalStunner(app, { tenants: [acme, acme] }),
    '[stunner/eu-west-1] tenant is already here (got "acme"): each tenant once; remove the repetition',
  ],
  [
    'a tenant in the namespace of the platform',
    app => regionalStunner(app, { tenants: [Tenant.of('stunner')] }),
    '[stunner/eu-west-1] tenant lives with the platform (got "stunner"): a namespace other than the platform\'s, whose Secrets are no tenant\'s business; give the tenant its own',
  ],
  [
    'a route of an unknown tenant',
    app => regionalStunner(app).addRoute(globex, 'janus', janus),
    '[stunner/eu-west-1] tenant is not here (got "globex"): one of: acme; call addTenant(Tenant.of("globex")) first',
  ],
  [
    'a backend of another tenant',
    app =>
      regionalStunner(app).addRoute(acme, 'r', {
        backends: [MediaBackend.service('s', { ports, namespace: 'globex' })],
      }),
    '[stunner/eu-west-1] backend belongs to another tenant (got "globex"): the namespace of the tenant, "acme"; leave its namespace out',
  ],
  [
    'an unknown region',
    app => regionalStunner(app).region('mars'),
    '[stunner] no such region (got "mars"): one of eu-west-1, us-east-1; correct the name',
  ],
  [
    'a tenant called platform',
    () => Tenant.of('platform'),
    'tenant name is reserved (got "platform"): any name but "platform", the folder of the platform\'s own objects; rename the tenant',
  ],
  [
    'a tenant in kube-system',
    () => Tenant.of('acme', { namespace: 'kube-system' }),
    'tenant namespace is reserved for Kubernetes (got "kube-system"): a namespace without the prefix "kube-"; give the tenant its own',
  ],
  [
    'a region named like a path',
    () => Region.of('../eu', { hostname: 'eu.example.com' }),
    'region name is not valid (got "../eu"): lower-case letters, digits and "-" (RFC 1123 label); rename it',
  ],
  [
    'a hostname with a port',
    () => Region.of('eu', { hostname: 'eu.example.com:3478' }),
    'region hostname is not valid (got "eu.example.com:3478"): lower-case DNS labels joined by "."; rename it',
  ],
])('%s is refused', (_, build, message) => {
  expect(() => build(Testing.app())).toThrow(new Error(message));
});

describe('rendering does not depend on the order of construction', () => {
  const regions = [europe, america];
  const tenants = [acme, globex];
  function rendered(order: (items: string[]) => string[]) {
    const app = new GitOpsApp();
    const sortedBy = <T extends { name: string }>(items: T[]) =>
      order(items.map(({ name }) => name)).map(name => items.find(item => item.name === name)!);
    const stunner = regionalStunner(app, { regions: sortedBy(regions), tenants: [] });
    for (const tenant of sortedBy(tenants)) stunner.addTenant(tenant);
    for (const tenant of sortedBy(tenants)) {
      for (const name of order(['janus', 'livekit'])) stunner.addRoute(tenant, name, janus);
    }
    new Chart(app, 'empty');
    return app.render();
  }

  test('backwards is the same, byte for byte', () => {
    expect(rendered(items => [...items].reverse())).toEqual(rendered(items => items));
  });
});

test('a thousand tenants render in seconds', () => {
  const app = new GitOpsApp();
  const tenants = Array.from({ length: 1000 }, (_, i) => Tenant.of(`tenant-${i}`));
  const stunner = regionalStunner(app, { regions: [europe], tenants });
  for (const tenant of tenants) stunner.addRoute(tenant, 'janus', janus);
  const start = process.cpuUsage();
  expect(app.render()).toHaveLength(5 + 2 + 2 + 6 + 1000 * (2 + 4));
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(10_000);
});
