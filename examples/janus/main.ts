import {
  GitOpsApp,
  JanusServer,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const acme = Tenant.of('acme');

const stunner = new RegionalStunner(app, 'stunner', {
  regions: [
    Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' }),
    Region.of('us-east-1', { hostname: 'us-east-1.turn.example.com' }),
  ],
  tenants: [acme],
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth' }),
  listeners: [
    TurnListener.udp(3478),
    TurnListener.tcp(3478),
    TurnListener.tls(5349, { certificate: { name: 'stunner-tls' } }),
  ],
});

for (const region of stunner.regions) {
  new JanusServer(region.tenantChart(acme), 'janus', {
    gateway: region.gateway,
    image: 'registry.example.com/janus:1.4.1',
    rtpPorts: PortRange.of(20000, 40000),
    replicas: 2,
    signallingNamespaces: ['ingress'],
  });
}

app.synth();
