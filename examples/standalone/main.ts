import {
  Dataplane,
  GitOpsApp,
  LoadBalancerProfile,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  RelayImage,
  RelayScaling,
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
  auth: TurnAuth.derived({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tls(443, { certificate: { name: 'stunner-tls' } })],
  loadBalancer: LoadBalancerProfile.awsNlb(),
  dataplane: Dataplane.standalone({
    // By digest, the pods run these very bytes: RelayImage.fromLayout() reads it from what was built.
    image: RelayImage.fromRegistry(
      'registry.example.com/media/stunnerd',
      'sha256:0b06b1cc2a9b6c5adef634d01ae9fbcea2854198f37f1e43957d19071c7e65c9',
    ),
    scaling: RelayScaling.keda({ maxReplicas: 20, prometheusUrl: 'http://prometheus.monitoring:9090' }),
    ipFamilies: ['IPv4', 'IPv6'],
  }),
});

stunner.addRoute(acme, 'sfu', {
  backends: [MediaBackend.service('sfu', { ports: PortRange.of(50000, 60000), podLabels: { app: 'sfu' } })],
});

app.synth();
