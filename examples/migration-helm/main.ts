import { Chart } from 'cdk8s';
import {
  Dataplane,
  GatewayIsolation,
  GitOpsApp,
  LoadBalancerProfile,
  MediaBackend,
  MediaRoute,
  PortRange,
  RelayScaling,
  StunnerGateway,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

const app = new GitOpsApp();
const platform = new Chart(app, 'platform', { namespace: 'stunner' });
const media = new Chart(app, 'media', { namespace: 'media' });
GitOpsApp.placeIn(platform, 'production/platform');
GitOpsApp.placeIn(media, 'production/media');

const gateway = new StunnerGateway(platform, 'udp-gateway', {
  gatewayClassName: 'stunner-gatewayclass',
  gatewayConfigName: 'stunner-gatewayconfig',
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth-secret' }),
  listeners: [TurnListener.udp(3478)],
  routeNamespaces: ['media'],
  hostname: 'turn.example.com',
  loadBalancer: LoadBalancerProfile.awsNlb(),
  dataplane: Dataplane.operator({
    scaling: RelayScaling.horizontal({ minReplicas: 3, maxReplicas: 12 }),
    cpuRequest: '1',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
  }),
});

new GatewayIsolation(platform, 'isolation', { gateway });

new MediaRoute(media, 'livekit', {
  gateway,
  backends: [
    MediaBackend.service('livekit-server', {
      ports: PortRange.of(50000, 60000),
      podLabels: { 'app.kubernetes.io/name': 'livekit-server' },
    }),
  ],
});

app.synth();
