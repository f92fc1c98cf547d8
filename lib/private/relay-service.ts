import { StandaloneDataplaneOptions } from '../dataplane/standalone-options';
import { HEALTH_PORT } from './contract';
import { NODE_PORT_ANNOTATION, portMap } from './port-maps';
import { RelayContext } from './relay-context';
import { turnPodLabels } from './turn-pods';

const OPERATOR_PREFIX = 'stunner.l7mp.io/';
const ARGO_PREFIX = 'argocd.argoproj.io/';
const HEALTH_HIDDEN = `${OPERATOR_PREFIX}disable-health-check-expose`;

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: string;
  readonly nodePort?: number;
}

/** `spec` of the relay's Service, with the listeners of one transport, or of both. */
export function relayService(context: RelayContext, options: StandaloneDataplaneOptions, transport?: string): object {
  const type = context.profile?.serviceType ?? 'LoadBalancer';
  const { ipFamilies, sourceRanges, clientIpAffinity } = options;
  const isBalanced = type === 'LoadBalancer';
  return {
    type,
    ...(isBalanced && { loadBalancerClass: context.profile?.loadBalancerClass }),
    ...(isBalanced && { loadBalancerSourceRanges: sourceRanges }),
    // Keeps the client's address, and a pod's flows on its node.
    ...(type !== 'ClusterIP' && { externalTrafficPolicy: 'Local' }),
    sessionAffinity: clientIpAffinity ? 'ClientIP' : 'None',
    ...(ipFamilies && { ipFamilies, ipFamilyPolicy: ipFamilies.length > 1 ? 'RequireDualStack' : 'SingleStack' }),
    selector: turnPodLabels(context.gatewayName, context.namespace),
    ports: servicePorts(context, transport),
  };
}

/** Annotations of the Gateway that a load balancer or DNS reads. */
export function serviceAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const foreign = Object.entries(annotations).filter(
    ([key]) => !key.startsWith(OPERATOR_PREFIX) && !key.startsWith(ARGO_PREFIX),
  );
  return Object.fromEntries(foreign);
}

function servicePorts(context: RelayContext, transport?: string): ServicePort[] {
  const annotations = context.annotations();
  const nodePorts = portMap(annotations[NODE_PORT_ANNOTATION]);
  const containers = context.containerPorts();
  const ports = context
    .listeners()
    .filter(listener => transport === undefined || listener.transport === transport)
    .map(({ name, port, transport }): ServicePort => {
      const targetPort = containers.find(container => container.name === name)?.port ?? port;
      return { name, port, targetPort, protocol: transport.toUpperCase(), nodePort: nodePorts[name] };
    });
  const probed = context.profile?.probesHealthPort === true && annotations[HEALTH_HIDDEN] !== 'true';
  return probed && transport !== 'udp'
    ? [...ports, { name: 'health', port: HEALTH_PORT, targetPort: HEALTH_PORT, protocol: 'TCP' }]
    : ports;
}
