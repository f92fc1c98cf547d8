import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Attachment, attachmentsOf, follow } from '../private/attachments';
import { DISCOVERY_PORT, HEALTH_PORT, METRICS_PORT } from '../private/contract';
import { complaint } from '../private/errors';
import { LabelSelector } from '../private/kubernetes';
import { labelled, mediaPolicy } from '../private/media-policy';
import { addresses, DNS_RULE, networkPolicy, PolicyPeer, PolicyRule, podsOf } from '../private/network-policy';
import { overlapping, privateNetworkOf } from '../private/prefixes';
import { turnPods } from '../private/turn-pods';
import { Caution, warn } from '../private/warn';
import { StunnerGateway } from '../stunner-gateway';
import { Isolation } from './isolation';

const AUTH_SERVICE_PODS = { matchLabels: { app: 'stunner-auth' } };
const OPERATOR_METRICS = 8080;

/** Properties of a `GatewayIsolation`. */
export interface GatewayIsolationProps {
  /** The Gateway whose relay pods and routes are fenced in. */
  readonly gateway: StunnerGateway;

  /**
   * What the cluster looks like.
   *
   * @default - `Isolation.strict()`
   */
  readonly isolation?: Isolation;
}

/**
 * NetworkPolicies of one Gateway, as its listeners and routes have it: for its relay pods, for the media pods of each route (in
 * the chart of the route), and for the discovery port of the operator.
 */
export class GatewayIsolation extends Construct {
  /** The policy of the relay pods. */
  public readonly relayPolicy: ApiObject;
  /** The policy of the operator's discovery port; undefined if no operator runs the relay. */
  public readonly discoveryPolicy?: ApiObject;

  private readonly gateway: StunnerGateway;
  private readonly isolation: Isolation;

  public constructor(scope: Construct, id: string, props: GatewayIsolationProps) {
    super(scope, id);
    this.gateway = props.gateway;
    this.isolation = props.isolation ?? Isolation.strict();
    this.relayPolicy = this.renderRelayPolicy();
    if (!this.gateway._isStandalone) this.discoveryPolicy = this.renderDiscoveryPolicy();
    follow(this.gateway, attachment => mediaPolicy(attachment, () => this.relayPeers()));
    this.node.addValidation({ validate: () => this.complaints() });
    warn(this, () => this.cautions());
  }

  private renderRelayPolicy(): ApiObject {
    const { gatewayName, gatewayNamespace } = this.gateway;
    return networkPolicy(this, 'Relay', {
      name: gatewayName,
      namespace: gatewayNamespace,
      pods: () => this.relayPods(),
      ingress: () => this.relayIngress(),
      egress: () => this.relayEgress(),
    });
  }

  private relayIngress(): PolicyRule[] {
    const { monitoringNamespace } = this.isolation;
    const listening = this.gateway._containerPorts().map(({ protocol, port }) => ({ protocol, port }));
    return [
      { ports: listening },
      { ports: [{ protocol: 'TCP', port: HEALTH_PORT }], peers: this.healthCheckers() },
      { ports: [{ protocol: 'TCP', port: METRICS_PORT }], peers: [podsOf(monitoringNamespace)] },
      // A media server that answers, or checks a candidate first, sends to the port that the relay took for the client.
      { ports: [{ protocol: 'UDP' }], peers: distinct(this.attachments().flatMap(mediaPeers)) },
    ];
  }

  private relayEgress(): PolicyRule[] {
    const media = this.attachments().map((attachment): PolicyRule => {
      const { ports } = attachment.backend;
      const range = ports.isAny ? {} : { port: ports.first, endPort: ports.last };
      return { ports: [{ protocol: 'UDP', ...range }], peers: mediaPeers(attachment) };
    });
    const configuration: PolicyRule = this.gateway._isStandalone
      ? { ports: API_SERVER_PORTS, peers: this.isolation.apiServerPrefixes?.map(addresses) }
      : {
          ports: [{ protocol: 'TCP', port: DISCOVERY_PORT }],
          peers: [podsOf(this.isolation.operatorNamespace, this.operatorPods())],
        };
    // Discovery and the API server may be given by name.
    return [
      ...distinct(media),
      configuration,
      ...this.gateway._mesh._egress(this.isolation.operatorNamespace),
      DNS_RULE,
    ];
  }

  private renderDiscoveryPolicy(): ApiObject {
    const { gatewayName, gatewayNamespace } = this.gateway;
    const { operatorNamespace, monitoringNamespace } = this.isolation;
    return networkPolicy(this, 'Discovery', {
      name: `${gatewayNamespace}.${gatewayName}.discovery`,
      namespace: operatorNamespace,
      pods: () => this.operatorPods(),
      ingress: () => [
        {
          ports: [{ protocol: 'TCP', port: DISCOVERY_PORT }],
          peers: [...this.relayPeers(), podsOf(operatorNamespace, AUTH_SERVICE_PODS)],
        },
        { ports: [{ protocol: 'TCP', port: OPERATOR_METRICS }], peers: [podsOf(monitoringNamespace)] },
      ],
    });
  }

  private operatorPods(): LabelSelector {
    return { matchLabels: this.isolation.operatorPodLabels };
  }

  private relayPods(): LabelSelector {
    return turnPods(this.gateway.gatewayNames(), this.gateway.gatewayNamespace);
  }

  private relayPeers(): PolicyPeer[] {
    if (this.gateway.loadBalancer?.usesHostNetwork) return this.isolation.nodePrefixes.map(addresses);
    return [podsOf(this.gateway.gatewayNamespace, this.relayPods())];
  }

  /** No peers at all let everybody in: probes of a cloud come from wherever it likes. */
  private healthCheckers(): PolicyPeer[] | undefined {
    const { healthCheckSources } = this.isolation;
    if (healthCheckSources !== undefined) return healthCheckSources.map(addresses);
    return this.gateway.loadBalancer?.probesHealthPort ? undefined : [];
  }

  private attachments(): Attachment[] {
    return attachmentsOf(this.gateway);
  }

  private complaints(): string[] {
    return [
      ...this.hostNetworkComplaints(),
      ...this.attachments().flatMap(attachment => this.prefixComplaints(attachment)),
    ];
  }

  /** A private prefix may be the data centre or the cluster itself; who has named the cluster's own has said which. */
  private cautions(): Caution[] {
    if (this.isolation.clusterPrefixes.length > 0) return [];
    return this.attachments().flatMap(({ backend, routeNamespace, routeName }) =>
      backend.prefixes
        .filter(prefix => privateNetworkOf(prefix) !== undefined)
        .map((prefix): Caution => {
          const what = `static prefix of the route ${routeNamespace}/${routeName} is private, and may be in the cluster`;
          const fix = 'set the option "clusterPrefixes" of the isolation';
          const message = complaint(what, prefix, "prefixes outside the cluster's own networks", fix);
          return { rule: 'private-prefix', message };
        }),
    );
  }

  private hostNetworkComplaints(): string[] {
    if (!this.gateway.loadBalancer?.usesHostNetwork || this.isolation.nodePrefixes.length > 0) return [];
    const allowed = 'the CIDR prefixes of the nodes, from which the relay then sends';
    return [complaint('isolation does not know the nodes', undefined, allowed, 'set the option "nodePrefixes"')];
  }

  private prefixComplaints({ backend, routeNamespace, routeName }: Attachment): string[] {
    return backend.prefixes.flatMap(prefix =>
      this.isolation.clusterPrefixes
        .filter(own => overlapping(prefix, own))
        .map(own => {
          const what = `static prefix of the route ${routeNamespace}/${routeName} is in the cluster`;
          return complaint(what, prefix, `nothing that overlaps ${own}`, 'use MediaBackend.service');
        }),
    );
  }
}

const API_SERVER_PORTS = [
  { protocol: 'TCP', port: 443 },
  { protocol: 'TCP', port: 6443 },
] as const;

function mediaPeers({ backend, routeNamespace }: Attachment): PolicyPeer[] {
  if (backend.isStatic) return backend.prefixes.map(addresses);
  return [podsOf(backend.namespace ?? routeNamespace, labelled(backend.podLabels))];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map(item => [JSON.stringify(item), item])).values()];
}
