import { complaint, reject } from './private/errors';
import { label1035, label1123 } from './private/names';
import { forbiddenIn, isPrefix } from './private/prefixes';
import { PortRange } from './port-range';

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
    return new MediaBackend(options.ports, [], name, options.namespace, options.podLabels);
  }

  /**
   * Fixed addresses, for media servers outside the cluster. The route renders them as a StaticService of its namespace.
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
    return new MediaBackend(options.ports, [...prefixes], options.name);
  }

  private constructor(
    /** Ports that are open to clients. */
    public readonly ports: PortRange,
    /** Prefixes of a static backend; empty for a Service. */
    public readonly prefixes: string[],
    /** Name of the Service or StaticService; undefined takes that of the route. */
    public readonly name?: string,
    /** Namespace of the Service; undefined is that of the route. */
    public readonly namespace?: string,
    /** Labels of the Service's pods; undefined where they are not known. */
    public readonly podLabels?: Readonly<Record<string, string>>,
  ) {}

  /** Whether the backend is a list of prefixes rather than a Service. */
  public get isStatic(): boolean {
    return this.prefixes.length > 0;
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
