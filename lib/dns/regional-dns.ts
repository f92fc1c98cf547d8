import { Construct } from 'constructs';
import { complaint, reject } from '../private/errors';
import { externalDns } from '../private/external-dns';
import { globalRecord, gslb } from '../private/global-record';
import { dnsName } from '../private/names';
import { Region } from '../region';
import { StunnerGateway } from '../stunner-gateway';

const STRATEGIES = ['roundRobin', 'failover', 'geoip'];

/** Options of the DNS of Cloudflare. */
export interface CloudflareDnsOptions {
  /**
   * Region in which Cloudflare may handle the names (`cloudflare-region-key`), such as `eu`.
   *
   * @default - anywhere
   */
  readonly regionKey?: string;
}

/** Options of a name that k8gb answers. */
export interface K8gbOptions {
  /**
   * Which region answers (Gslb `spec.strategy.type`): `roundRobin`, `failover` or `geoip`, the last with a database of k8gb's own.
   *
   * @default "roundRobin"
   */
  readonly strategy?: string;

  /**
   * The region that answers as long as it can (Gslb `spec.strategy.primaryGeoTag`).
   *
   * @default - none; needed by `failover`, and of no use to the others
   */
  readonly primaryGeoTag?: string;
}

/**
 * How the names of the regions come into DNS, and whether there is one name for all.
 *
 * Every region has a hostname of its own whatever is chosen here, and `iceServers()` gives that one: an answer of DNS sends a new
 * session to a region and keeps none there. A name for all is for clients that can be told one name only.
 */
export abstract class RegionalDns {
  /** Regional names by external-dns, in the zone of any provider. */
  public static regional(): RegionalDns {
    return new AnnotatedDns({});
  }

  /**
   * Regional names by external-dns in a zone of Cloudflare, never through its proxy, which carries HTTP only. A name for all is
   * not to be had: the external-dns of each cluster would claim it for itself.
   *
   * @param options where Cloudflare may handle them
   */
  public static cloudflare(options: CloudflareDnsOptions = {}): RegionalDns {
    return new AnnotatedDns({ 'cloudflare-proxied': 'false', 'cloudflare-region-key': options.regionKey });
  }

  /**
   * One more name, answered by Route 53 with the region of least latency. By external-dns, from a Service of type ExternalName in
   * every region, which leads to the regional name.
   *
   * @param globalName DNS name for all regions
   */
  public static route53Latency(globalName: string): RegionalDns {
    return new Route53Latency(dnsName('global name', globalName));
  }

  /**
   * One more name, answered by Route 53 with the region that has the client's location among its `locations`. By external-dns, from
   * a Service of type ExternalName for every location, which leads to the regional name.
   *
   * @param globalName DNS name for all regions
   */
  public static route53Geolocation(globalName: string): RegionalDns {
    return new Route53Geolocation(dnsName('global name', globalName));
  }

  /**
   * One more name, answered by k8gb with the load balancers of healthy regions.
   *
   * @param globalName DNS name for all regions, in a zone that is delegated to k8gb
   * @param options which region answers
   */
  public static k8gb(globalName: string, options: K8gbOptions = {}): RegionalDns {
    const { strategy = 'roundRobin', primaryGeoTag } = options;
    if (!STRATEGIES.includes(strategy)) {
      reject(complaint('strategy is unknown', strategy, `one of ${STRATEGIES.join(', ')}`, 'correct it'));
    }
    if (strategy === 'failover' && primaryGeoTag === undefined) {
      const fix = 'set the option "primaryGeoTag"';
      reject(complaint('failover has no first region', primaryGeoTag, 'the geo tag of one', fix));
    }
    if (strategy !== 'failover' && primaryGeoTag !== undefined) {
      const fix = 'leave "primaryGeoTag" out, or choose "failover"';
      reject(complaint(`strategy "${strategy}" knows no first region`, primaryGeoTag, 'none', fix));
    }
    return new K8gb(dnsName('global name', globalName), { type: strategy, primaryGeoTag });
  }

  /** DNS name for all regions; undefined if there is none. */
  public readonly globalName?: string;

  protected constructor(globalName?: string) {
    this.globalName = globalName;
  }

  /**
   * Annotations of a region's Gateway.
   *
   * @internal
   */
  public get _annotations(): Readonly<Record<string, string>> {
    return {};
  }

  /**
   * Renders a region's share in the name for all.
   *
   * @internal
   */
  public abstract _render(scope: Construct, region: Region, gateway: StunnerGateway): void;

  /**
   * What is wrong with the regions, taken together.
   *
   * @internal
   */
  public _complaints(regions: readonly Region[]): string[] {
    const { globalName } = this;
    const owner = regions.find(({ hostname }) => hostname === globalName);
    if (owner === undefined || globalName === undefined) return [];
    const allowed = 'a name of its own, for sessions stay in a region only by the name of the region';
    return [complaint(`global name is that of the region "${owner.name}"`, globalName, allowed, 'change one')];
  }
}

class AnnotatedDns extends RegionalDns {
  public constructor(private readonly settings: Readonly<Record<string, string | undefined>>) {
    super();
  }

  public override get _annotations(): Readonly<Record<string, string>> {
    return externalDns(this.settings);
  }

  public override _render(): void {
    // The Gateway's own annotations are all there is.
  }
}

class Route53Latency extends RegionalDns {
  public constructor(private readonly hostname: string) {
    super(hostname);
  }

  public override _render(scope: Construct, region: Region, gateway: StunnerGateway): void {
    globalRecord(scope, 'GlobalName', gateway, {
      hostname: this.hostname,
      'set-identifier': region.name,
      'aws-region': region.awsRegion,
      'aws-health-check-id': region.healthCheckId,
    });
  }
}

class Route53Geolocation extends RegionalDns {
  public constructor(private readonly hostname: string) {
    super(hostname);
  }

  public override _render(scope: Construct, region: Region, gateway: StunnerGateway): void {
    for (const location of region.locations) {
      globalRecord(scope, `GlobalName-${location._identifier}`, gateway, {
        hostname: this.hostname,
        'set-identifier': `${region.name}-${location._identifier}`,
        'aws-health-check-id': region.healthCheckId,
        ...location._settings,
      });
    }
  }

  public override _complaints(regions: readonly Region[]): string[] {
    const placeless = regions.filter(({ locations }) => locations.length === 0);
    const places = regions.flatMap(({ locations }) => locations.map(({ _identifier }) => _identifier));
    const twice = [...new Set(places.filter((place, i) => places.indexOf(place) !== i))];
    const fix = 'set the option "locations" of the region';
    return [
      ...super._complaints(regions),
      ...placeless.map(({ name }) => complaint('region has no locations', name, 'at least one', fix)),
      ...twice.map(place => complaint('two regions claim one location', place, 'one region for each', 'change one')),
      ...(places.includes('elsewhere')
        ? []
        : [complaint('some clients get no answer', undefined, 'a region with GeoLocation.elsewhere()', fix)]),
    ];
  }
}

class K8gb extends RegionalDns {
  public constructor(
    private readonly hostname: string,
    private readonly strategy: { readonly type: string; readonly primaryGeoTag?: string },
  ) {
    super(hostname);
  }

  public override _render(scope: Construct, _: Region, gateway: StunnerGateway): void {
    const { serviceType } = gateway.loadBalancer ?? {};
    if (serviceType !== undefined && serviceType !== 'LoadBalancer') {
      const fix = 'choose another RegionalDns, or another profile';
      reject(complaint('k8gb finds no load balancer', serviceType, 'a Service of type LoadBalancer', fix), gateway);
    }
    gslb(scope, 'GlobalName', gateway, this.hostname, this.strategy);
  }
}
