import { Chart } from 'cdk8s';
import {
  Dataplane,
  GatewayIsolation,
  GitOpsApp,
  MediaBackend,
  MediaRoute,
  PortRange,
  StunnerGateway,
  TurnAuth,
  TurnListener,
  Warnings,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const chartIn = (namespace: string) => {
  const chart = new Chart(app, namespace, { namespace });
  GitOpsApp.placeIn(chart, `production/${namespace}`);
  return chart;
};
const platform = chartIn('stunner');

const gateway = new StunnerGateway(platform, 'turn', {
  gatewayClassName: 'turn',
  gatewayConfigName: 'turn',
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'turn-auth' }),
  listeners: [
    TurnListener.udp(3478, { name: 'udp' }),
    TurnListener.tls(443, { name: 'tls', certificate: { name: 'turn-tls' }, targetPort: 5349 }),
  ],
  routeNamespaces: ['media', 'legacy'],
  hostname: 'turn.example.com',
  dataplane: Dataplane.operator(),
});

new GatewayIsolation(platform, 'isolation', { gateway });

new MediaRoute(chartIn('media'), 'janus', {
  gateway,
  backends: [
    MediaBackend.service('janus', { ports: PortRange.of(20000, 40000), podLabels: { app: 'janus' } }),
    MediaBackend.service('recorder', { ports: PortRange.of(40000, 40999), podLabels: { app: 'recorder' } }),
  ],
});

new MediaRoute(chartIn('legacy'), 'legacy', {
  gateway,
  backends: [MediaBackend.staticPrefixes(['198.51.100.0/28'], { ports: PortRange.of(10000, 20000) })],
});

// One team, in two namespaces: that they share a credential is meant.
Warnings.of(gateway).acknowledge('shared-credential');

app.synth();
