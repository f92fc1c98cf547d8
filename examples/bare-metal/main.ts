import {
  Dataplane,
  GitOpsApp,
  Isolation,
  LoadBalancerProfile,
  MediaBackend,
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
  regions: [Region.of('frankfurt', { hostname: 'frankfurt.turn.example.com', address: '198.51.100.10' })],
  tenants: [acme],
  realm: 'turn.example.com',
  auth: TurnAuth.derived({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tls(5349, { certificate: { name: 'stunner-tls' } })],
  loadBalancer: LoadBalancerProfile.hostNetwork(),
  dataplane: Dataplane.standalone({
    onEveryNode: true,
    nodeSelector: { 'example.com/edge': 'true' },
    priorityClassName: 'media',
  }),
  isolation: Isolation.strict({
    nodePrefixes: ['198.51.100.0/24'],
    clusterPrefixes: ['10.244.0.0/16', '10.96.0.0/12'],
    apiServerPrefixes: ['198.51.100.2'],
  }),
});

stunner.addRoute(acme, 'sfu', {
  backends: [MediaBackend.service('sfu', { ports: PortRange.of(50000, 60000), podLabels: { app: 'sfu' } })],
});

app.synth();
