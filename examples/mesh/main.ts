import {
  GitOpsApp,
  JanusServer,
  MediaMesh,
  MeshMode,
  Region,
  RegionalStunner,
  SignallingRoute,
  SignallingVirtualService,
  StunnerRegion,
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
  listeners: [TurnListener.udp(3478)],
});

const janusIn = (region: StunnerRegion) =>
  new JanusServer(region.tenantChart(acme), 'janus', {
    gateway: region.gateway,
    image: 'registry.example.com/janus:1.4.1',
    signallingNamespaces: ['ingress'],
  });
const principals = ['cluster.local/ns/ingress/sa/gateway'];
const parent = { name: 'public', namespace: 'ingress' };

const europe = stunner.region('eu-west-1');
const sidecars = janusIn(europe);
new MediaMesh(europe.tenantChart(acme), 'mesh', {
  server: sidecars,
  mode: MeshMode.SIDECAR,
  principals,
  region: 'eu-west-1',
  egressHosts: ['./*', 'istio-system/*'],
  accessLog: false,
});
// A VirtualService can claim hosts of the whole mesh, so it is the platform's to deliver.
new SignallingVirtualService(europe.platform, 'janus-signalling', {
  server: sidecars,
  gateway: parent,
  hostname: 'eu-west-1.janus.example.com',
  port: 8188,
});

const america = stunner.region('us-east-1');
const ambient = janusIn(america);
new MediaMesh(america.tenantChart(acme), 'mesh', { server: ambient, mode: MeshMode.AMBIENT, principals });
new SignallingRoute(america.tenantChart(acme), 'janus-signalling', {
  server: ambient,
  parent,
  hostname: 'us-east-1.janus.example.com',
  port: 8188,
});

app.synth();
