import { LoadBalancerProfile } from './dataplane/load-balancer-profile';
import { dnsName, label1123 } from './private/names';

/** What is known of a region beyond its name. */
export interface RegionOptions {
  /**
   * DNS name of this region's TURN server. Clients of the region are given this name, never a global one, or a session
   * could leave the region.
   */
  readonly hostname: string;

  /**
   * How clients get to the relay in this region's cloud.
   *
   * @default - what all regions are told
   */
  readonly loadBalancer?: LoadBalancerProfile;

  /**
   * Annotations for this region's Gateway, which STUNner copies to the load balancer Service: the place for what the
   * region's cloud wants to know.
   *
   * @default - none
   */
  readonly gatewayAnnotations?: Readonly<Record<string, string>>;
}

/** A place with its own cluster and its own TURN server. */
export class Region {
  /**
   * A region by name.
   *
   * @param name name of the region, such as `eu-west-1`, and of its folder in the rendered tree; RFC 1123 label
   * @param options hostname and annotations
   */
  public static of(name: string, options: RegionOptions): Region {
    const hostname = dnsName('region hostname', options.hostname);
    const { gatewayAnnotations, loadBalancer } = options;
    return new Region(label1123('region name', name), hostname, { ...gatewayAnnotations }, loadBalancer);
  }

  private constructor(
    /** Name of the region. */
    public readonly name: string,
    /** DNS name of this region's TURN server. */
    public readonly hostname: string,
    /** Annotations of this region's Gateway. */
    public readonly gatewayAnnotations: Readonly<Record<string, string>>,
    /** How clients get to the relay in this region; undefined takes what all regions are told. */
    public readonly loadBalancer?: LoadBalancerProfile,
  ) {}
}
