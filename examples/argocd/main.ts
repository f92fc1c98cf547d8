import { Chart } from 'cdk8s';
import {
  ArgoDelivery,
  GitOpsApp,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  RelayMonitoring,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const tenants = [Tenant.of('acme'), Tenant.of('globex')];

const stunner = new RegionalStunner(app, 'stunner', {
  regions: [
    Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' }),
    Region.of('us-east-1', { hostname: 'us-east-1.turn.example.com' }),
  ],
  tenants,
  realm: 'turn.example.com',
  auth: TurnAuth.derived({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tcp(3478)],
});

for (const tenant of tenants) {
  stunner.addRoute(tenant, 'sfu', {
    backends: [MediaBackend.service('sfu', { ports: PortRange.of(50000, 60000) })],
  });
}

for (const { platform, gateway } of stunner.regions) new RelayMonitoring(platform, 'monitoring', { gateway });

new ArgoDelivery(new Chart(app, 'argocd', { namespace: 'argocd' }), 'turn', {
  stunner,
  repoUrl: 'https://git.example.com/platform/turn.git',
  clusters: { 'eu-west-1': 'production-eu', 'us-east-1': 'production-us' },
});

app.synth();
