import { LoadBalancerProfile } from './dataplane/load-balancer-profile';
import { GeoLocation } from './dns/geo-location';
import { dnsName, label1123 } from './private/names';

/** What is known of a region beyond its name. */
export interface RegionOptions {
  /**
   * DNS name of this region's TURN server. Clients of the region are given this name, never a global one, or a session
   * could leave the region.
   */
  readonly hostname: string;

  /**
   * Region of AWS by whose latency Route 53 compares this one (`RegionalDns.route53Latency`).
   *
   * @default - the name of the region
   */
  readonly awsRegion?: string;

  /**
   * Where the clients of this region are (`RegionalDns.route53Geolocation`).
   *
   * @default - none
   */
  readonly locations?: GeoLocation[];

  /**
   * Id of the health check without whose success Route 53 passes this region over; it must exist.
   *
   * @default - none: the region is taken for healthy
   */
  readonly healthCheckId?: string;

  /**
   * How clients get to the relay in this region's cloud.
   *
   * @default - what all regions are told
   */
  readonly loadBalancer?: LoadBalancerProfile;

  /**
   * Static address to ask of the load balancer, or the known one where there is none (Gateway `spec.addresses[0]`).
   *
   * @default - assigned by the cloud
   */
  readonly address?: string;

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
    return new Region(label1123('region name', name), hostname, options);
  }

  /** Region of AWS by whose latency Route 53 compares this one. */
  public readonly awsRegion: string;
  /** Where the clients of this region are. */
  public readonly locations: GeoLocation[];
  /** Id of the health check of Route 53; undefined without one. */
  public readonly healthCheckId?: string;
  /** Static address of this region; undefined leaves it to the cloud. */
  public readonly address?: string;
  /** Annotations of this region's Gateway. */
  public readonly gatewayAnnotations: Readonly<Record<string, string>>;
  /** How clients get to the relay in this region; undefined takes what all regions are told. */
  public readonly loadBalancer?: LoadBalancerProfile;

  private constructor(
    /** Name of the region. */
    public readonly name: string,
    /** DNS name of this region's TURN server. */
    public readonly hostname: string,
    options: RegionOptions,
  ) {
    this.awsRegion = options.awsRegion ?? name;
    this.locations = [...(options.locations ?? [])];
    this.healthCheckId = options.healthCheckId;
    this.address = options.address;
    this.gatewayAnnotations = { ...options.gatewayAnnotations };
    this.loadBalancer = options.loadBalancer;
  }
}
