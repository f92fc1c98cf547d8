import {
  GitOpsApp,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

test('construct paths are API: whoever changes one breaks overrides of it', () => {
  const ports = PortRange.single(5000);
  const app = new GitOpsApp();
  const acme = Tenant.of('acme');
  const stunner = new RegionalStunner(app, 'stunner', {
    regions: [Region.of('eu', { hostname: 'eu.example.com' })],
    tenants: [acme],
    realm: 'example.com',
    auth: TurnAuth.ephemeral({ name: 'auth', namespace: 'vault' }),
    listeners: [TurnListener.tls(5349, { certificate: { name: 'tls', namespace: 'certs' } })],
  });
  const [route] = stunner.addRoute(acme, 'media', {
    backends: [MediaBackend.staticPrefixes(['192.0.2.1'], { ports })],
  });
  route?.addBackend(MediaBackend.service('recorder', { ports, namespace: 'shared' }));

  expect(app.node.findAll().map(({ node }) => node.path)).toEqual([
    '',
    'stunner',
    'stunner/eu',
    'stunner/eu/platform',
    'stunner/eu/platform/gateway',
    'stunner/eu/platform/gateway/Resource',
    'stunner/eu/platform/gateway/GatewayClass',
    'stunner/eu/platform/gateway/AuthGrant',
    'stunner/eu/platform/gateway/GatewayConfig',
    'stunner/eu/platform/gateway/DisruptionBudget',
    'stunner/eu/platform/gateway/Dataplane',
    'stunner/eu/platform/gateway/CertificateGrant-certs',
    'stunner/eu/platform/namespace',
    'stunner/eu/platform/namespace/Resource',
    'stunner/eu/platform/namespace/ServiceAccount',
    'stunner/eu/platform/isolation',
    'stunner/eu/platform/isolation/Relay',
    'stunner/eu/platform/isolation/Discovery',
    'stunner/eu/platform/admission',
    'stunner/eu/platform/admission/Policy-udproutes',
    'stunner/eu/platform/admission/Binding-udproutes',
    'stunner/eu/platform/admission/Policy-staticservices',
    'stunner/eu/platform/admission/Binding-staticservices',
    'stunner/eu/platform/admission/Policy-gatewayconfigs',
    'stunner/eu/platform/admission/Binding-gatewayconfigs',
    'stunner/eu/platform/tenant-acme',
    'stunner/eu/platform/tenant-acme/Namespace',
    'stunner/eu/platform/tenant-acme/Namespace/Resource',
    'stunner/eu/platform/tenant-acme/Namespace/ServiceAccount',
    'stunner/eu/platform/tenant-acme/ResourceQuota',
    'stunner/eu/platform/tenant-acme/DefaultDeny',
    'stunner/eu/acme',
    'stunner/eu/acme/media',
    'stunner/eu/acme/media/Resource',
    'stunner/eu/acme/media/StaticService-media',
    'stunner/eu/acme/media/BackendGrant-shared',
    'stunner/eu/acme/media/MediaPolicy-shared-recorder',
  ]);
});
