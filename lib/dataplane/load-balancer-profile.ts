import { HEALTH_PORT } from '../private/contract';
import { complaint, reject } from '../private/errors';
import { CustomLoadBalancerOptions } from './load-balancer-options';
import {
  AwsNlbOptions,
  CiliumOptions,
  GkeOptions,
  HetznerOptions,
  MetalLbOptions,
  OciNlbOptions,
} from './load-balancer-options';

const SERVICE = 'service.beta.kubernetes.io';
const AWS = `${SERVICE}/aws-load-balancer`;
const DIGITAL_OCEAN = `${SERVICE}/do-loadbalancer`;
const AZURE_PROBE = `${SERVICE}/port_${HEALTH_PORT}_health-probe`;
const HETZNER = 'load-balancer.hetzner.cloud';
const OCI = 'oci-network-load-balancer.oraclecloud.com';
const STUNNER = 'stunner.l7mp.io';
const READY = '/ready';
/** The balancer goes straight to the nodes that have a pod: no second hop, and the client's own address. */
const KEEP_SOURCE = { [`${STUNNER}/external-traffic-policy`]: 'local' };
/** As long as the relay's pods may take to drain. */
const DRAIN_SECONDS = 3600;

interface Profile extends CustomLoadBalancerOptions {
  readonly name: string;
  readonly loadBalancerClass?: string;
  readonly hostNetwork?: boolean;
}

/**
 * How clients get from outside the cluster to the relay: what the platform's load balancer wants to be told, what it can
 * do, and so which listeners are refused and which get a Gateway of their own.
 */
export class LoadBalancerProfile {
  /**
   * Network Load Balancer of AWS, by the AWS Load Balancer Controller. Health is probed at the pods' port 8086, flows stay
   * with a draining pod.
   *
   * @param options scheme and addresses
   */
  public static awsNlb(options: AwsNlbOptions = {}): LoadBalancerProfile {
    const { scheme = 'internet-facing', eipAllocations = [] } = options;
    if (!['internet-facing', 'internal'].includes(scheme)) {
      reject(complaint('scheme is unknown', scheme, '"internet-facing" or "internal"', 'correct it'));
    }
    return new LoadBalancerProfile({
      name: 'aws-nlb',
      loadBalancerClass: 'service.k8s.aws/nlb',
      probesHealthPort: true,
      annotations: {
        [`${AWS}-type`]: 'external',
        [`${AWS}-scheme`]: scheme,
        [`${AWS}-nlb-target-type`]: 'ip',
        // One port number for UDP and TCP is one listener of type TCP_UDP.
        [`${AWS}-enable-tcp-udp-listener`]: 'true',
        [`${AWS}-healthcheck-protocol`]: 'HTTP',
        [`${AWS}-healthcheck-port`]: String(HEALTH_PORT),
        [`${AWS}-healthcheck-path`]: READY,
        // The probe goes to the pods themselves: the public Service need not have the port.
        [`${STUNNER}/disable-health-check-expose`]: 'true',
        [`${AWS}-target-group-attributes`]: [
          'preserve_client_ip.enabled=true',
          'stickiness.enabled=true',
          'stickiness.type=source_ip',
          `deregistration_delay.timeout_seconds=${DRAIN_SECONDS}`,
          'deregistration_delay.connection_termination.enabled=false',
          'target_health_state.unhealthy.connection_termination.enabled=false',
          `target_health_state.unhealthy.draining_interval_seconds=${DRAIN_SECONDS}`,
        ].join(','),
        ...(eipAllocations.length > 0 && { [`${AWS}-eip-allocations`]: eipAllocations.join(',') }),
      },
    });
  }

  /**
   * Passthrough Network Load Balancer of Google Kubernetes Engine, backend-service based.
   *
   * @param options whether the cluster is new enough for both protocols in one Service
   */
  public static gke(options: GkeOptions = {}): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'gke',
      loadBalancerClass: 'networking.gke.io/l4-regional-external',
      annotations: { 'cloud.google.com/l4-rbs': 'enabled', ...KEEP_SOURCE },
      supportsMixedProtocols: options.supportsMixedProtocols ?? true,
    });
  }

  /** Azure Load Balancer. It probes no UDP port, so the health port 8086 is exposed for its probe. */
  public static azure(): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'azure',
      probesHealthPort: true,
      annotations: {
        ...KEEP_SOURCE,
        [`${AZURE_PROBE}_protocol`]: 'http',
        [`${AZURE_PROBE}_port`]: String(HEALTH_PORT),
        [`${AZURE_PROBE}_request-path`]: READY,
      },
    });
  }

  /** DigitalOcean Load Balancer. It probes a port of the Service, so the health port 8086 is exposed. */
  public static digitalOcean(): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'digitalocean',
      probesHealthPort: true,
      annotations: {
        [`${DIGITAL_OCEAN}-override-health-check`]: 'true',
        [`${DIGITAL_OCEAN}-healthcheck-protocol`]: 'http',
        [`${DIGITAL_OCEAN}-healthcheck-port`]: String(HEALTH_PORT),
        [`${DIGITAL_OCEAN}-healthcheck-path`]: READY,
      },
    });
  }

  /**
   * Hetzner Cloud Load Balancer: TCP and TLS only, UDP listeners are refused.
   *
   * @param options location
   */
  public static hetzner(options: HetznerOptions): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'hetzner',
      supportsUdp: false,
      annotations: { [`${HETZNER}/location`]: options.location },
    });
  }

  /**
   * Network Load Balancer of Oracle Cloud. It refuses ClientIP affinity for UDP, so affinity is switched off.
   *
   * @param options who manages the security lists
   */
  public static ociNlb(options: OciNlbOptions = {}): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'oci-nlb',
      supportsClientIpAffinity: false,
      annotations: {
        ...KEEP_SOURCE,
        'oci.oraclecloud.com/load-balancer-type': 'nlb',
        [`${OCI}/security-list-management-mode`]: options.securityListManagementMode ?? 'None',
      },
    });
  }

  /**
   * MetalLB, on one's own hardware.
   *
   * @param options addresses and sharing
   */
  public static metalLb(options: MetalLbOptions = {}): LoadBalancerProfile {
    const { addresses = [], addressPool, sharingKey } = options;
    return new LoadBalancerProfile({
      name: 'metallb',
      annotations: {
        ...(addresses.length > 0 && { 'metallb.io/loadBalancerIPs': addresses.join(',') }),
        ...(addressPool !== undefined && { 'metallb.io/address-pool': addressPool }),
        ...(sharingKey !== undefined && { 'metallb.io/allow-shared-ip': sharingKey }),
      },
    });
  }

  /**
   * Load-balancer addresses of Cilium.
   *
   * @param options addresses and sharing
   */
  public static cilium(options: CiliumOptions = {}): LoadBalancerProfile {
    const { addresses = [], sharingKey } = options;
    return new LoadBalancerProfile({
      name: 'cilium',
      annotations: {
        ...(addresses.length > 0 && { 'lbipam.cilium.io/ips': addresses.join(',') }),
        ...(sharingKey !== undefined && { 'lbipam.cilium.io/sharing-key': sharingKey }),
      },
    });
  }

  /**
   * No load balancer: a port of every node. Clients then need the nodes' addresses, which change with the nodes.
   *
   * @param ports name of each listener to its node port, 30000 to 32767; empty lets Kubernetes choose
   */
  public static nodePort(ports: Readonly<Record<string, number>> = {}): LoadBalancerProfile {
    return new LoadBalancerProfile({
      name: 'nodeport',
      serviceType: 'NodePort',
      annotations: Object.keys(ports).length > 0 ? { [`${STUNNER}/nodeport`]: JSON.stringify(ports) } : {},
    });
  }

  /**
   * No load balancer: the relay uses the network of its node. The namespace must then permit what the Pod Security Standard
   * "baseline" forbids, and NetworkPolicies do not hold the relay.
   */
  public static hostNetwork(): LoadBalancerProfile {
    return new LoadBalancerProfile({ name: 'host-network', serviceType: 'ClusterIP', hostNetwork: true });
  }

  /**
   * Any other platform.
   *
   * @param options annotations, and what the platform can do
   */
  public static custom(options: CustomLoadBalancerOptions = {}): LoadBalancerProfile {
    return new LoadBalancerProfile({ ...options, name: 'custom' });
  }

  /** Name of the platform, such as `aws-nlb`. */
  public readonly name: string;
  /** Annotations for the Gateway, which STUNner copies to its Service. */
  public readonly annotations: Readonly<Record<string, string>>;
  /** `LoadBalancer`, `NodePort` or `ClusterIP` (Service `spec.type`). */
  public readonly serviceType: string;
  /** Service `spec.loadBalancerClass`, where the relay's Service is ours to write. */
  public readonly loadBalancerClass?: string;
  /** Whether UDP listeners can be reached. */
  public readonly supportsUdp: boolean;
  /** Whether one Service may have UDP and TCP ports; if not, each transport gets a Gateway of its own. */
  public readonly supportsMixedProtocols: boolean;
  /** Whether a Service with UDP ports may ask for ClientIP affinity. */
  public readonly supportsClientIpAffinity: boolean;
  /** Whether the platform probes the relay's health port from outside the node. */
  public readonly probesHealthPort: boolean;
  /** Whether the relay uses the network of its node. */
  public readonly usesHostNetwork: boolean;

  private constructor(profile: Profile) {
    this.name = profile.name;
    this.serviceType = profile.serviceType ?? 'LoadBalancer';
    this.loadBalancerClass = profile.loadBalancerClass;
    this.supportsUdp = profile.supportsUdp ?? true;
    this.supportsMixedProtocols = profile.supportsMixedProtocols ?? true;
    this.supportsClientIpAffinity = profile.supportsClientIpAffinity ?? true;
    this.probesHealthPort = profile.probesHealthPort ?? false;
    this.usesHostNetwork = profile.hostNetwork ?? false;
    this.annotations = {
      ...(this.serviceType !== 'LoadBalancer' && { [`${STUNNER}/service-type`]: this.serviceType }),
      ...(!this.supportsClientIpAffinity && { [`${STUNNER}/disable-session-affinity`]: 'true' }),
      ...profile.annotations,
    };
  }
}
