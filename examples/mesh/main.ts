import {
  GitOpsApp,
  JanusServer,
  MediaMesh,
  MeshMode,
  Region,
  RegionalStunner,
  SignallingRoute,
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

const modes = { 'eu-west-1': MeshMode.SIDECAR, 'us-east-1': MeshMode.AMBIENT };

for (const [name, mode] of Object.entries(modes)) {
  const region = stunner.region(name);
  const chart = region.tenantChart(acme);
  const server = new JanusServer(chart, 'janus', {
    gateway: region.gateway,
    image: 'registry.example.com/janus:1.4.1',
    signallingNamespaces: ['ingress'],
  });
  new MediaMesh(chart, 'mesh', {
    server,
    mode,
    principals: ['cluster.local/ns/ingress/sa/gateway'],
    region: mode === MeshMode.SIDECAR ? name : undefined,
  });
  new SignallingRoute(chart, 'janus-signalling', {
    server,
    parent: { name: 'public', namespace: 'ingress' },
    hostname: `${name}.janus.example.com`,
    port: 8188,
  });
}

app.synth();
