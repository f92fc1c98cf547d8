import {
  GitOpsApp,
  LoadBalancerProfile,
  Region,
  RegionalDns,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();

new RegionalStunner(app, 'stunner', {
  regions: [
    Region.of('aws', {
      hostname: 'aws.turn.example.com',
      loadBalancer: LoadBalancerProfile.awsNlb(),
      awsRegion: 'eu-west-1',
    }),
    Region.of('gcp', {
      hostname: 'gcp.turn.example.com',
      loadBalancer: LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
      awsRegion: 'us-east-1',
    }),
    Region.of('oracle', {
      hostname: 'oracle.turn.example.com',
      loadBalancer: LoadBalancerProfile.ociNlb(),
      awsRegion: 'ap-northeast-1',
    }),
    Region.of('own', {
      hostname: 'own.turn.example.com',
      loadBalancer: LoadBalancerProfile.metalLb({ addresses: ['192.0.2.10'] }),
      awsRegion: 'eu-central-1',
    }),
  ],
  tenants: [Tenant.of('acme')],
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth' }),
  dns: RegionalDns.route53Latency('turn.example.com'),
  listeners: [TurnListener.udp(3478), TurnListener.tcp(3478)],
});

app.synth();
