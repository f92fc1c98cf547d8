import {
  CertificateIssuer,
  ExternalCredential,
  GitOpsApp,
  IssuedCertificate,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  SecretStore,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const store = SecretStore.cluster('vault');

const credential = (name: string, remoteKey: string) =>
  ExternalCredential.of(name, { store, remoteKey, previousProperty: 'previous' });

const acme = Tenant.of('acme');
const globex = Tenant.of('globex', { auth: TurnAuth.ephemeral(credential('globex-turn', 'turn/globex')) });

const stunner = new RegionalStunner(app, 'stunner', {
  regions: [Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' })],
  tenants: [acme, globex],
  realm: 'turn.example.com',
  auth: TurnAuth.derived(credential('stunner-auth', 'turn/master')),
  listeners: [
    TurnListener.udp(3478),
    TurnListener.tls(443, {
      certificate: IssuedCertificate.of('stunner-tls', { issuer: CertificateIssuer.cluster('letsencrypt-dns') }),
    }),
  ],
});

for (const tenant of [acme, globex]) {
  const ports = PortRange.of(50000, 60000);
  stunner.addRoute(tenant, 'sfu', { backends: [MediaBackend.service('sfu', { ports, podLabels: { app: 'sfu' } })] });
}

app.synth();
