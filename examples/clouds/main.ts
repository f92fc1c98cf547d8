import { GitOpsApp, LoadBalancerProfile, Region, RegionalStunner, Tenant, TurnAuth, TurnListener } from 'cdk8s-stunner';

const app = new GitOpsApp();

new RegionalStunner(app, 'stunner', {
  regions: [
    Region.of('aws', { hostname: 'aws.turn.example.com', loadBalancer: LoadBalancerProfile.awsNlb() }),
    Region.of('gcp', {
      hostname: 'gcp.turn.example.com',
      loadBalancer: LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
    }),
    Region.of('oracle', { hostname: 'oracle.turn.example.com', loadBalancer: LoadBalancerProfile.ociNlb() }),
    Region.of('own', {
      hostname: 'own.turn.example.com',
      loadBalancer: LoadBalancerProfile.metalLb({ addresses: ['192.0.2.10'] }),
    }),
  ],
  tenants: [Tenant.of('acme')],
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tcp(3478)],
});

app.synth();
