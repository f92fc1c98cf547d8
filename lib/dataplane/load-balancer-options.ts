/** Options of a Network Load Balancer of AWS. */
export interface AwsNlbOptions {
  /**
   * `internet-facing` or `internal`. Cannot be changed on a load balancer that exists.
   *
   * @default "internet-facing"
   */
  readonly scheme?: string;

  /**
   * Elastic IP allocations, one for each subnet.
   *
   * @default - addresses of the load balancer's own, lost with it
   */
  readonly eipAllocations?: string[];
}

/** Options of a load balancer of Google Kubernetes Engine. */
export interface GkeOptions {
  /**
   * Whether one Service may have UDP and TCP ports: for external IPv4 from GKE 1.34.1, for all from 1.36.2.
   *
   * @default true
   */
  readonly supportsMixedProtocols?: boolean;
}

/** Options of a Hetzner Cloud Load Balancer. */
export interface HetznerOptions {
  /** Location of the load balancer, such as `fsn1`. */
  readonly location: string;
}

/** Options of a Network Load Balancer of Oracle Cloud. */
export interface OciNlbOptions {
  /**
   * What the cloud controller does to the security lists: with UDP only `None` works, and the rules are yours to write.
   *
   * @default "None"
   */
  readonly securityListManagementMode?: string;
}

/** Options of MetalLB. */
export interface MetalLbOptions {
  /**
   * Addresses to ask for, one for each IP family.
   *
   * @default - chosen by MetalLB
   */
  readonly addresses?: string[];

  /**
   * Pool to choose an address from.
   *
   * @default - any pool that assigns automatically
   */
  readonly addressPool?: string;

  /**
   * Services with one key may share an address.
   *
   * @default - an address of its own
   */
  readonly sharingKey?: string;
}

/** Options of load-balancer addresses of Cilium. */
export interface CiliumOptions {
  /**
   * Addresses to ask for, one for each IP family.
   *
   * @default - chosen by Cilium
   */
  readonly addresses?: string[];

  /**
   * Services with one key may share an address.
   *
   * @default - an address of its own
   */
  readonly sharingKey?: string;
}

/** What a platform that has no profile of its own wants and can do. */
export interface CustomLoadBalancerOptions {
  /**
   * Annotations for the Service.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;

  /**
   * Service `spec.type`: `LoadBalancer`, `NodePort` or `ClusterIP`.
   *
   * @default "LoadBalancer"
   */
  readonly serviceType?: string;

  /**
   * Whether UDP listeners can be reached.
   *
   * @default true
   */
  readonly supportsUdp?: boolean;

  /**
   * Whether one Service may have UDP and TCP ports; if not, each transport gets a Gateway of its own.
   *
   * @default true
   */
  readonly supportsMixedProtocols?: boolean;

  /**
   * Whether a Service with UDP ports may ask for ClientIP affinity.
   *
   * @default true
   */
  readonly supportsClientIpAffinity?: boolean;

  /**
   * Whether the platform probes the health port 8086 from outside the node.
   *
   * @default false
   */
  readonly probesHealthPort?: boolean;
}
