import { complaint, reject } from '../private/errors';
import { label1123 } from '../private/names';
import { isPrefix } from '../private/prefixes';

/** What isolation must know of the cluster. */
export interface IsolationOptions {
  /**
   * Namespace of the STUNner operator, whose discovery port 13478 serves credentials and keys without authentication.
   *
   * @default "stunner-system"
   */
  readonly operatorNamespace?: string;

  /**
   * Labels of the operator's pods, whose discovery port is fenced.
   *
   * @default - `stunner.l7mp.io/config-discovery-service: enabled`, as the operator's chart sets it
   */
  readonly operatorPodLabels?: Readonly<Record<string, string>>;

  /**
   * Namespace from which metrics are scraped.
   *
   * @default "monitoring"
   */
  readonly monitoringNamespace?: string;

  /**
   * Addresses or CIDR prefixes from which the load balancer probes the health port 8086. A node may always probe its own
   * pods.
   *
   * @default - anywhere if the load-balancer profile probes that port, else none
   */
  readonly healthCheckSources?: string[];

  /**
   * CIDR prefixes of the cluster's pods, Services and nodes. No static backend may overlap them: what is in the cluster is
   * reached through a Service, or not at all.
   *
   * @default - not known, and not checked
   */
  readonly clusterPrefixes?: string[];

  /**
   * CIDR prefixes of the nodes, from which a relay on the host network sends.
   *
   * @default - none; needed with `LoadBalancerProfile.hostNetwork()`
   */
  readonly nodePrefixes?: string[];

  /**
   * Addresses or CIDR prefixes of the API server, which a relay without operator reads.
   *
   * @default - not known: anywhere, at the ports 443 and 6443
   */
  readonly apiServerPrefixes?: string[];
}

/** How far the parties are kept apart: clients' relay, tenants, operator. */
export class Isolation {
  /**
   * Relay pods reach the media pods of their routes and nothing else; media pods are reached by the relay; everything that is
   * not allowed in a tenant's namespace is denied; the discovery port of the operator is for relay pods.
   *
   * @param options what the cluster looks like
   */
  public static strict(options: IsolationOptions = {}): Isolation {
    const { operatorNamespace, monitoringNamespace } = options;
    for (const namespace of [operatorNamespace, monitoringNamespace]) {
      if (namespace !== undefined) label1123('namespace', namespace);
    }
    const { healthCheckSources = [], clusterPrefixes = [], nodePrefixes = [], apiServerPrefixes = [] } = options;
    [...healthCheckSources, ...clusterPrefixes, ...nodePrefixes, ...apiServerPrefixes].forEach(checkPrefix);
    return new Isolation(true, options);
  }

  /** Nothing is rendered; the platform keeps the parties apart by other means. */
  public static none(): Isolation {
    return new Isolation(false, {});
  }

  /** Namespace of the STUNner operator. */
  public readonly operatorNamespace: string;
  /** Labels of the operator's pods. */
  public readonly operatorPodLabels: Readonly<Record<string, string>>;
  /** Namespace from which metrics are scraped. */
  public readonly monitoringNamespace: string;
  /** Where health probes come from; undefined leaves it to the load-balancer profile. */
  public readonly healthCheckSources?: string[];
  /** CIDR prefixes of the cluster, closed to static backends. */
  public readonly clusterPrefixes: string[];
  /** CIDR prefixes of the nodes. */
  public readonly nodePrefixes: string[];
  /** Prefixes of the API server; undefined if they are not known. */
  public readonly apiServerPrefixes?: string[];

  private constructor(
    /** Whether anything is rendered. */
    public readonly isStrict: boolean,
    options: IsolationOptions,
  ) {
    this.operatorNamespace = options.operatorNamespace ?? 'stunner-system';
    this.operatorPodLabels = options.operatorPodLabels ?? { 'stunner.l7mp.io/config-discovery-service': 'enabled' };
    this.monitoringNamespace = options.monitoringNamespace ?? 'monitoring';
    this.healthCheckSources = options.healthCheckSources;
    this.clusterPrefixes = options.clusterPrefixes ?? [];
    this.nodePrefixes = options.nodePrefixes ?? [];
    this.apiServerPrefixes = options.apiServerPrefixes;
  }
}

function checkPrefix(prefix: string): void {
  if (!isPrefix(prefix)) {
    const allowed = 'an IPv4 or IPv6 address or CIDR prefix';
    reject(complaint('prefix does not parse', prefix, allowed, 'write it like "192.0.2.0/24"'));
  }
}
