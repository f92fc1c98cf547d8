import { Construct } from 'constructs';
import { MediaRoute, MediaRouteOptions } from './media-route';
import { complaint, reject } from './private/errors';
import { Region } from './region';
import { StunnerRegion, StunnerRegionOptions } from './stunner-region';
import { Tenant } from './tenant';

/** Properties of a `RegionalStunner`. */
export interface RegionalStunnerProps extends StunnerRegionOptions {
  /** The regions, at least one; each has its own cluster, Gateway and hostname. */
  readonly regions: Region[];

  /**
   * Tenants that every region serves.
   *
   * @default - none; add them with `addTenant`
   */
  readonly tenants?: Tenant[];
}

/** TURN for every tenant in every region. Sessions stay in the region whose hostname the client was given. */
export class RegionalStunner extends Construct {
  private readonly shares: StunnerRegion[];

  public constructor(scope: Construct, id: string, props: RegionalStunnerProps) {
    super(scope, id);
    this.checkRegions(props.regions);
    for (const problem of props.dns?._complaints(props.regions) ?? []) reject(problem, this);
    this.shares = props.regions.map(region => new StunnerRegion(this, region.name, { ...props, region }));
    props.tenants?.forEach(tenant => this.addTenant(tenant));
  }

  /** Every region's share, in the order of the props. */
  public get regions(): StunnerRegion[] {
    return [...this.shares];
  }

  /** The tenants of any region, by name. */
  public get tenants(): Tenant[] {
    const byName = new Map(this.shares.flatMap(share => share.tenants.map(tenant => [tenant.name, tenant])));
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * One region's share, to add to or change.
   *
   * @param name name of the region
   */
  public region(name: string): StunnerRegion {
    const found = this.shares.find(({ region }) => region.name === name);
    const known = this.shares.map(({ region }) => region.name).join(', ');
    return found ?? reject(complaint('no such region', name, `one of ${known}`, 'correct the name'), this);
  }

  /**
   * Admits a tenant in every region.
   *
   * @param tenant a tenant that is not here yet
   */
  public addTenant(tenant: Tenant): void {
    for (const share of this.shares) share.addTenant(tenant);
  }

  /**
   * Opens media servers of a tenant, each region's to the clients of that region.
   *
   * @param tenant a tenant that was added
   * @param name name of the route, unique for the tenant; RFC 1123 label
   * @param options backends, listeners and credential
   * @returns the route of each region, in the order of the regions
   */
  public addRoute(tenant: Tenant, name: string, options: MediaRouteOptions): MediaRoute[] {
    return this.shares.map(share => share.addRoute(tenant, name, options));
  }

  private checkRegions(regions: Region[]): void {
    if (regions.length === 0) reject(complaint('too few regions', 0, 'at least one', 'add Region.of(…)'), this);
    for (const key of ['name', 'hostname'] as const) {
      const values = regions.map(region => region[key]);
      const repeated = values.find((value, index) => values.indexOf(value) !== index);
      const allowed = `a ${key} of its own for each`;
      if (repeated !== undefined)
        reject(complaint(`two regions have one ${key}`, repeated, allowed, 'change one'), this);
    }
  }
}
