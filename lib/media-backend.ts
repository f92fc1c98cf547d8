import { complaint, reject } from './private/errors';
import { label1035, label1123 } from './private/names';
import { forbiddenIn, isPrefix } from './private/prefixes';
import { IMediaService, IMediaWorkload } from './media-objects';
import { relayLabels } from './private/turn-pods';
import { PortRange } from './port-range';
import { IStunnerGateway } from './stunner-gateway-ref';

/** Where relays take the ports of allocations: those that are dynamic for the IANA, or for Linux. */
const RELAY_PORTS = PortRange.of(32768, 65535);

/** Which part of a Service clients may reach. */
export interface ServiceBackendOptions {
  /** Ports of the media pods (UDPRoute `backendRefs[].port` and `endPort`), the range configured in the media server. */
  readonly ports: PortRange;

  /**
   * Namespace of the Service (UDPRoute `backendRefs[].namespace`). Another one than the route's is accompanied by a
   * ReferenceGrant there.
   *
   * @default - the namespace of the route
   */
  readonly namespace?: string;

  /**
   * Labels of the pods that the Service selects, for NetworkPolicies to select the same.
   *
   * @default - every pod of the namespace
   */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** Which part of a network clients may reach. */
export interface StaticBackendOptions {
  /** Ports of the media servers (UDPRoute `backendRefs[].port` and `endPort`). */
  readonly ports: PortRange;

  /**
   * Name of the StaticService that is rendered. RFC 1123 label.
   *
   * @default - the name of the route
   */
  readonly name?: string;
}

/** Which part of the Service of a construct clients may reach. */
export interface ServiceObjectBackendOptions {
  /** Ports of the media pods (UDPRoute `backendRefs[].port` and `endPort`), the range configured in the media server. */
  readonly ports: PortRange;

  /**
   * Pods that the Service selects, for NetworkPolicies to select the same.
   *
   * @default - every pod of the namespace
   */
  readonly workload?: IMediaWorkload;
}

/** Which part of a workload clients may reach. */
export interface WorkloadBackendOptions {
  /** Ports of the media pods (UDPRoute `backendRefs[].port` and `endPort`), the range configured in the media server. */
  readonly ports: PortRange;

  /**
   * Name of the Service that is rendered. RFC 1035 label.
   *
   * @default - the name of the workload followed by `-media`
   */
  readonly serviceName?: string;
}

interface Backend {
  readonly ports: PortRange;
  readonly prefixes?: string[];
  readonly name?: string;
  readonly namespace?: string;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly isHeadless?: boolean;
  readonly selector?: Readonly<Record<string, string>>;
  readonly gateway?: IStunnerGateway;
}

/**
 * Where media may go: what a client of the TURN server is allowed to name as its peer. It is an allow-list, not a
 * load-balancing target.
 */
export class MediaBackend {
  /**
   * The pods of a Service, by whatever addresses they have now.
   *
   * @param name name of the Service
   * @param options ports, and the namespace if it is not the route's
   */
  public static service(name: string, options: ServiceBackendOptions): MediaBackend {
    label1035('backend Service name', name);
    if (options.namespace !== undefined) label1123('backend namespace', options.namespace);
    return new MediaBackend({ ...options, name });
  }

  /**
   * The pods of a Service that a construct renders.
   *
   * @param service a `Service` of cdk8s-plus, or an `ApiObject`
   * @param options ports, and the pods
   */
  public static serviceObject(service: IMediaService, options: ServiceObjectBackendOptions): MediaBackend {
    return new MediaBackend({
      ports: options.ports,
      name: label1035('backend Service name', service.name),
      namespace: service.metadata.namespace,
      podLabels: options.workload?.matchLabels,
      isHeadless: service.clusterIP === 'None',
    });
  }

  /**
   * The pods of a workload that a construct renders. The route renders a Service for them, by which the relay finds them.
   *
   * @param workload a `Deployment`, `StatefulSet` or `DaemonSet` of cdk8s-plus
   * @param options ports, and the name of the Service
   */
  public static workload(workload: IMediaWorkload, options: WorkloadBackendOptions): MediaBackend {
    const { ports, serviceName: name = `${workload.name}-media` } = options;
    const { matchLabels } = workload;
    return new MediaBackend({
      ports,
      name: label1035('backend Service name', name),
      namespace: workload.metadata.namespace,
      podLabels: matchLabels,
      selector: matchLabels,
    });
  }

  /**
   * The relay's own pods: two clients of the Gateway that both have a relayed address and no media server between them. The route
   * belongs in the namespace of the Gateway, which some listener must admit.
   *
   * @param gateway the Gateway of both clients
   */
  public static gateway(gateway: IStunnerGateway): MediaBackend {
    return new MediaBackend({
      ports: RELAY_PORTS,
      name: gateway.gatewayName,
      namespace: gateway.gatewayNamespace,
      podLabels: relayLabels(gateway.gatewayNamespace),
      gateway,
    });
  }

  /**
   * Fixed addresses, for media servers outside the cluster. The route renders them as a StaticService of its namespace. A
   * StaticService holds prefixes and nothing else: credentials are a matter of `TurnAuth`.
   *
   * @param prefixes IPv4 or IPv6 addresses or CIDR prefixes, at least one (StaticService `prefixes`); loopback,
   * link-local, metadata, multicast and IPv4-in-IPv6 addresses are refused
   * @param options ports, and the name if it is not the route's
   */
  public static staticPrefixes(prefixes: string[], options: StaticBackendOptions): MediaBackend {
    if (prefixes.length === 0) {
      reject(complaint('static backend has too few prefixes', 0, 'at least one address or CIDR prefix', 'add one'));
    }
    prefixes.forEach(checkPrefix);
    if (options.name !== undefined) label1123('StaticService name', options.name);
    return new MediaBackend({ ...options, prefixes: [...prefixes] });
  }

  /** Ports that are open to clients. */
  public readonly ports: PortRange;
  /** Prefixes of a static backend; empty for a Service. */
  public readonly prefixes: string[];
  /** Name of the Service or StaticService; undefined takes that of the route. */
  public readonly name?: string;
  /** Namespace of the Service; undefined is that of the route. */
  public readonly namespace?: string;
  /** Labels of the Service's pods; undefined where they are not known. */
  public readonly podLabels?: Readonly<Record<string, string>>;
  /** Whether the Service is known to have no address of its own (`clusterIP: None`). */
  public readonly isHeadless: boolean;

  /**
   * What the Service selects, where the route is to render it.
   *
   * @internal
   */
  public readonly _selector?: Readonly<Record<string, string>>;

  private readonly gateway?: IStunnerGateway;

  private constructor(backend: Backend) {
    this.ports = backend.ports;
    this.prefixes = backend.prefixes ?? [];
    this.name = backend.name;
    this.namespace = backend.namespace;
    this.podLabels = backend.podLabels;
    this.isHeadless = backend.isHeadless ?? false;
    this._selector = backend.selector;
    this.gateway = backend.gateway;
  }

  /** Whether the backend is a list of prefixes rather than a Service. */
  public get isStatic(): boolean {
    return this.prefixes.length > 0;
  }

  /**
   * Names of the Services or the StaticService, asked at synthesis: a Gateway may have one for each transport.
   *
   * @internal
   */
  public _names(routeName: string): string[] {
    return this.gateway?.gatewayNames() ?? [this.name ?? routeName];
  }
}

function checkPrefix(prefix: string): void {
  if (!isPrefix(prefix)) {
    const allowed = 'an IPv4 or IPv6 address or CIDR prefix';
    reject(
      complaint('static prefix does not parse', prefix, allowed, 'write it like "192.0.2.0/24" or "2001:db8::/64"'),
    );
  }
  const forbidden = forbiddenIn(prefix);
  if (forbidden !== undefined) {
    const allowed = `nothing that overlaps ${forbidden}`;
    reject(complaint('static prefix covers a forbidden network', prefix, allowed, 'name only the media servers'));
  }
}
