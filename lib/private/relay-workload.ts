import { RelayImage } from '../dataplane/relay-image';
import { StandaloneDataplaneOptions } from '../dataplane/standalone-options';
import { RESTRICTED_CONTAINER, restrictedPod } from '../dataplane/restricted';
import { RelayMesh } from '../mesh/relay-mesh';
import { HEALTH_PORT, METRICS_PORT } from './contract';
import { LabelSelector } from './kubernetes';
import { RelayContext } from './relay-context';
import { spreadPods } from './spread-pods';
import { turnPodLabels } from './turn-pods';

/** Media sessions outlive a rollout by this long at most. */
export const GRACE_SECONDS = 3600;

/** `spec` of the Deployment or DaemonSet of a relay that reads the API itself. */
export function relayWorkload(context: RelayContext, options: StandaloneDataplaneOptions): object {
  const { gatewayName, namespace } = context;
  const selector: LabelSelector = { matchLabels: turnPodLabels(gatewayName, namespace) };
  const mesh = options.mesh ?? RelayMesh.outside();
  const template = {
    metadata: {
      labels: { ...mesh.podLabels, ...options.podLabels, ...selector.matchLabels },
      annotations: mesh._podAnnotations(context.containerPorts()),
    },
    spec: podSpec(context, options, selector),
  };
  if (options.onEveryNode) {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
    return { selector, updateStrategy: { type: 'RollingUpdate', rollingUpdate }, template };
  }
  return {
    replicas: options.scaling === undefined ? (options.replicas ?? 2) : undefined,
    selector,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template,
  };
}

function podSpec(context: RelayContext, options: StandaloneDataplaneOptions, labelSelector: LabelSelector): object {
  const hostNetwork = context.profile?.usesHostNetwork ?? false;
  return {
    serviceAccountName: context.gatewayName,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    nodeSelector: options.nodeSelector,
    priorityClassName: options.priorityClassName,
    ...(hostNetwork && { hostNetwork, dnsPolicy: 'ClusterFirstWithHostNet' }),
    terminationGracePeriodSeconds: GRACE_SECONDS,
    // The sysctl of a low port belongs to the node where the network does.
    securityContext: restrictedPod(hostNetwork ? [] : context.containerPorts().map(({ port }) => port)),
    topologySpreadConstraints: spreadPods(labelSelector),
    containers: [container(context, options)],
  };
}

function container(context: RelayContext, options: StandaloneDataplaneOptions): object {
  const { image = RelayImage._DEFAULT, cpuRequest = '500m', memoryRequest = '256Mi', memoryLimit = '1Gi' } = options;
  const routes = options.gatewayApiRoutes ? ['--gateway-api-routes'] : [];
  const probe = (path: string) => ({ path, port: HEALTH_PORT, scheme: 'HTTP' });
  return {
    name: 'stunnerd',
    image: image.reference,
    imagePullPolicy: 'IfNotPresent',
    command: ['stunnerd'],
    args: ['-w', '--log-format=json', '--config=k8s', `--id=${context.namespace}/${context.gatewayName}`, ...routes],
    ports: [
      ...context.containerPorts().map(({ port, protocol }) => ({ containerPort: port, protocol })),
      { name: 'metrics-port', containerPort: METRICS_PORT, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: cpuRequest, memory: memoryRequest }, limits: { memory: memoryLimit } },
    // A pod that drains stays ready: one that does not loses its UDP flows at once.
    readinessProbe: { httpGet: probe('/ready'), periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { httpGet: probe('/live'), periodSeconds: 10, failureThreshold: 6 },
    securityContext: RESTRICTED_CONTAINER,
  };
}
