import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { PodSecurity } from '../isolation/pod-security';
import { MediaBackend } from '../media-backend';
import { MediaRoute } from '../media-route';
import { apiObject } from '../private/api-object';
import { follow } from '../private/attachments';
import { checksum } from '../private/checksum';
import { complaint, reject } from '../private/errors';
import { Kind } from '../private/kubernetes';
import { mediaDeployment } from '../private/media-pod';
import { mediaPolicy } from '../private/media-policy';
import { label1035, label1123 } from '../private/names';
import { networkPolicy, podsOf } from '../private/network-policy';
import { ReferencedGateway } from '../private/referenced-gateway';
import { levelMissed } from '../private/pod-security-levels';
import { PortRange } from '../port-range';
import { turnPods } from '../private/turn-pods';
import { Caution, warn } from '../private/warn';
import { MediaServerProps } from './media-server-props';

const MAX_PORT_NAME = 15;
/** Less than this ends calls that have barely begun. */
const SHORT_GRACE = 300;

/**
 * A media server behind the Gateway: Deployment, Service, configuration, NetworkPolicy and route.
 *
 * Meant for asymmetric ICE: clients are given the `turn:` URIs of the Gateway and nothing else; the server has no STUN, no TURN
 * and no public address, and offers the address of its pod, which the relay reaches.
 */
export class MediaServer extends Construct {
  /** Name of Deployment, Service and route. */
  public readonly serverName: string;
  /** Namespace of the media server. */
  public readonly serverNamespace: string;
  /** Labels that select the pods. */
  public readonly podSelector: Readonly<Record<string, string>>;
  /** UDP ports of the media server. */
  public readonly rtpPorts: PortRange;
  /** Numbers of the signalling ports. */
  public readonly ports: number[];
  /** Namespaces whose pods may reach the signalling ports. */
  public readonly signallingNamespaces: string[];
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The Service; it has no RTP port, for the relay reaches the pods themselves. */
  public readonly service: ApiObject;
  /** The ConfigMap; undefined if there are no configuration files. */
  public readonly config?: ApiObject;
  /** Who may reach the signalling ports. */
  public readonly signallingPolicy: ApiObject;
  /** The route that opens the RTP ports to the Gateway's clients. */
  public readonly route: MediaRoute;

  private readonly podLabels: Record<string, string>;

  public constructor(scope: Construct, id: string, props: MediaServerProps) {
    super(scope, id);
    this.serverName = label1035('media server name', props.name ?? id, this);
    this.serverNamespace = this.namespaceFrom(props.namespace);
    this.podSelector = { 'app.kubernetes.io/name': this.serverName, 'app.kubernetes.io/component': 'media-server' };
    this.check(props);
    this.rtpPorts = props.rtpPorts;
    this.ports = props.ports.map(({ port }) => port);
    this.signallingNamespaces = [...(props.signallingNamespaces ?? [])];
    this.podLabels = { ...props.podLabels, ...this.podSelector };
    const { serverName: name, serverNamespace: namespace, podSelector: labels } = this;

    const { configFiles } = props;
    const configChecksum = configFiles && checksum(JSON.stringify(configFiles));
    if (configFiles !== undefined) {
      this.config = apiObject(this, 'Config', Kind.ConfigMap, { name, namespace, fields: { data: configFiles } });
    }
    this.deployment = apiObject(this, 'Resource', Kind.Deployment, {
      name,
      namespace,
      labels,
      spec: () => mediaDeployment(props, { name, selector: labels, podLabels: this.podLabels, configChecksum }),
    });
    this.service = this.renderService(props);
    this.signallingPolicy = this.renderSignallingPolicy(props);
    this.route = this.renderRoute(props);
    this.node.addValidation({ validate: () => this.levelComplaints(props) });
    warn(this, () => graceCautions(props.gracePeriod?.toSeconds()));
  }

  /**
   * Puts one more label on the pods.
   *
   * @internal
   */
  public _addPodLabel(key: string, value: string): void {
    this.podLabels[key] = value;
  }

  private namespaceFrom(given: string | undefined): string {
    const namespace = given ?? Chart.of(this).namespace;
    if (namespace !== undefined) return label1123('media server namespace', namespace, this);
    const fix = 'set the prop "namespace", or that of the chart';
    return reject(complaint('media server has no namespace', namespace, 'the namespace of a tenant', fix), this);
  }

  private check({ ports, rtpPorts, image, replicas = 1 }: MediaServerProps): void {
    if (ports.length === 0) reject(complaint('too few ports', 0, 'at least the one for health', 'add it'), this);
    for (const { name, port } of ports) {
      label1123('port name', name, this);
      if (name.length > MAX_PORT_NAME) {
        reject(complaint('port name is too long', name, `at most ${MAX_PORT_NAME} characters`, 'shorten it'), this);
      }
      if (!(Number.isInteger(port) && port >= 1 && port <= 65535)) {
        reject(complaint('port is out of range', port, 'a whole number from 1 to 65535', 'correct the port'), this);
      }
    }
    if (rtpPorts.isAny) {
      const fix = 'use PortRange.of, with the range of the server';
      reject(complaint('RTP ports are not bounded', rtpPorts.toString(), 'a range', fix), this);
    }
    if (/:latest$|^[^:@]+$/.test(image.split('/').at(-1)!)) {
      const allowed = 'a tag other than "latest", or a digest';
      reject(complaint('image is not pinned', image, allowed, 'write it like "registry.example.com/sfu:1.2.3"'), this);
    }
    if (!(Number.isInteger(replicas) && replicas >= 0)) {
      reject(complaint('replicas is not valid', replicas, 'a whole number from 0', 'correct it or leave it out'), this);
    }
  }

  private levelComplaints({ gateway, podSecurity: met = PodSecurity.RESTRICTED }: MediaServerProps): string[] {
    const level = levelMissed(gateway, this.serverNamespace, met);
    if (level === undefined) return [];
    const allowed = `at most "${met}", the strictest that the image can meet`;
    const fix = `set the option "podSecurity" of the tenant to PodSecurity.${met.toUpperCase()}`;
    return [complaint(`pods would be refused in the namespace "${this.serverNamespace}"`, level, allowed, fix)];
  }

  private renderService({ ports }: MediaServerProps): ApiObject {
    return apiObject(this, 'Service', Kind.Service, {
      name: this.serverName,
      namespace: this.serverNamespace,
      spec: () => ({
        type: 'ClusterIP',
        selector: this.podSelector,
        ports: ports.map(({ name, port, appProtocol }) => {
          return { name, port, targetPort: name, protocol: 'TCP', appProtocol };
        }),
      }),
    });
  }

  private renderSignallingPolicy({ ports, signallingNamespaces = [] }: MediaServerProps): ApiObject {
    return networkPolicy(this, 'SignallingPolicy', {
      name: `${this.serverName}.signalling`,
      namespace: this.serverNamespace,
      pods: () => ({ matchLabels: this.podSelector }),
      ingress: () => [
        {
          ports: ports.map(({ port }) => ({ protocol: 'TCP', port })),
          peers: [...signallingNamespaces].sort().map(namespace => podsOf(namespace)),
        },
      ],
    });
  }

  private renderRoute({ gateway, rtpPorts, listeners, auth }: MediaServerProps): MediaRoute {
    const backend = MediaBackend.service(this.serverName, { ports: rtpPorts, podLabels: this.podSelector });
    const route = new MediaRoute(this, 'Route', {
      gateway,
      name: this.serverName,
      namespace: this.serverNamespace,
      backends: [backend],
      listeners,
      auth,
    });
    if (gateway instanceof ReferencedGateway) {
      // Its isolation is rendered elsewhere, and does not know of this route.
      const { gatewayNamespace } = gateway;
      const relay = () => [podsOf(gatewayNamespace, turnPods(gateway.gatewayNames(), gatewayNamespace))];
      follow(gateway, attachment => {
        if (attachment.route === route) mediaPolicy(attachment, relay);
      });
    }
    return route;
  }
}

function graceCautions(seconds: number | undefined): Caution[] {
  if (seconds === undefined || seconds >= SHORT_GRACE) return [];
  const allowed = `at least ${SHORT_GRACE} seconds, or every rollout ends calls`;
  const message = complaint(
    'grace period is short',
    seconds,
    allowed,
    'set the prop "gracePeriod" to the length of a call',
  );
  return [{ rule: 'short-grace', message }];
}
