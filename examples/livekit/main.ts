import {
  GitOpsApp,
  LiveKitServer,
  LoadBalancerProfile,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const acme = Tenant.of('acme', { auth: TurnAuth.ephemeral({ name: 'acme-turn' }) });

const stunner = new RegionalStunner(app, 'stunner', {
  regions: [Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' })],
  tenants: [acme],
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tls(443, { certificate: { name: 'stunner-tls' } })],
  loadBalancer: LoadBalancerProfile.awsNlb(),
});

for (const region of stunner.regions) {
  new LiveKitServer(region.tenantChart(acme), 'livekit', {
    gateway: region.gateway,
    auth: acme.auth,
    apiKeys: { name: 'livekit-keys' },
    redisAddress: 'redis:6379',
    replicas: 3,
    signallingNamespaces: ['ingress'],
  });
}

app.synth();
