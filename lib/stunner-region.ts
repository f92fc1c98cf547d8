import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { RegionalDns } from './dns/regional-dns';
import { place } from './gitops/manifest';
import { GatewayIsolation } from './isolation/gateway-isolation';
import { GuardedNamespace } from './isolation/guarded-namespace';
import { Isolation } from './isolation/isolation';
import { PodSecurity } from './isolation/pod-security';
import { TenantAdmission } from './isolation/tenant-admission';
import { TenantIsolation } from './isolation/tenant-isolation';
import { MediaRoute, MediaRouteOptions } from './media-route';
import { complaint, reject } from './private/errors';
import { enforceLevel } from './private/pod-security-levels';
import { Region } from './region';
import { ISecret } from './secret';
import { StunnerGateway } from './stunner-gateway';
import { StunnerGatewayOptions } from './stunner-gateway-options';
import { Tenant } from './tenant';

const NAMESPACE = 'stunner';
const GATEWAY = 'stunner-gateway';
const GATEWAY_CLASS = 'stunner-gatewayclass';
const GATEWAY_CONFIG = 'stunner-config';

/** What every region is told alike. */
export interface StunnerRegionOptions extends StunnerGatewayOptions {
  /**
   * Namespace of the platform's objects: Gateway, GatewayConfig and their Secrets.
   *
   * @default "stunner"
   */
  readonly namespace?: string;

  /**
   * Name of the Gateway. RFC 1035 label. A renamed Gateway loses its public IP address.
   *
   * @default "stunner-gateway"
   */
  readonly gatewayName?: string;

  /**
   * Name of the cluster-scoped GatewayClass. RFC 1123 label.
   *
   * @default "stunner-gatewayclass"
   */
  readonly gatewayClassName?: string;

  /**
   * Name of the GatewayConfig. RFC 1123 label.
   *
   * @default "stunner-config"
   */
  readonly gatewayConfigName?: string;

  /**
   * How the regional names come into DNS, and whether there is one name for all regions.
   *
   * @default - `RegionalDns.regional()`
   */
  readonly dns?: RegionalDns;

  /**
   * How far relay, tenants and operator are kept apart: namespaces, quotas, NetworkPolicies and admission, all in the
   * platform's chart but for the policies of the routes.
   *
   * @default - `Isolation.strict()`
   */
  readonly isolation?: Isolation;
}

/** Properties of a `StunnerRegion`. */
export interface StunnerRegionProps extends StunnerRegionOptions {
  /** The region. */
  readonly region: Region;
}

/** One region's share: the platform's Gateway in one chart, the routes of each tenant in a chart of their own. */
export class StunnerRegion extends Construct {
  /** The region. */
  public readonly region: Region;
  /** The platform's chart, rendered to `<region>/platform/`. */
  public readonly platform: Chart;
  /** The region's TURN server. */
  public readonly gateway: StunnerGateway;

  /** How far relay, tenants and operator are kept apart. */
  public readonly isolation: Isolation;

  private readonly charts = new Map<string, Chart>();
  private readonly known: Tenant[] = [];
  private readonly admission?: TenantAdmission;

  public constructor(scope: Construct, id: string, props: StunnerRegionProps) {
    super(scope, id);
    this.region = props.region;
    this.platform = this.chart('platform', props.namespace ?? NAMESPACE);
    this.gateway = new StunnerGateway(this.platform, 'gateway', {
      ...props,
      name: props.gatewayName ?? GATEWAY,
      namespace: props.namespace ?? NAMESPACE,
      gatewayClassName: props.gatewayClassName ?? GATEWAY_CLASS,
      gatewayConfigName: props.gatewayConfigName ?? GATEWAY_CONFIG,
      hostname: this.region.hostname,
      address: this.region.address,
      loadBalancer: this.region.loadBalancer ?? props.loadBalancer,
      certificateNames: props.dns?.globalName === undefined ? undefined : [props.dns.globalName],
      annotations: { ...props.dns?._annotations, ...props.annotations, ...this.region.gatewayAnnotations },
    });
    props.dns?._render(this.platform, this.region, this.gateway);
    this.isolation = props.isolation ?? Isolation.strict();
    if (this.isolation.isStrict) this.admission = this.isolate();
    const secrets = () => [
      props.auth.secret,
      ...this.gateway.listeners.flatMap(({ certificate }) => certificate ?? []),
    ];
    this.node.addValidation({ validate: () => this.secretComplaints(secrets()) });
  }

  /** The tenants, in the order of their coming. */
  public get tenants(): Tenant[] {
    return [...this.known];
  }

  /**
   * Admits a tenant to this region's Gateway and gives it a chart, rendered to `<region>/<tenant>/`.
   *
   * @param tenant a tenant that is not here yet
   */
  public addTenant(tenant: Tenant): Chart {
    if (this.charts.has(tenant.name)) {
      reject(complaint('tenant is already here', tenant.name, 'each tenant once', 'remove the repetition'), this);
    }
    if (tenant.namespace === this.gateway.gatewayNamespace) {
      const allowed = "a namespace other than the platform's, whose Secrets are no tenant's business";
      reject(complaint('tenant lives with the platform', tenant.namespace, allowed, 'give the tenant its own'), this);
    }
    this.gateway.admitRoutesFrom(tenant.namespace);
    if (this.admission !== undefined) {
      this.admission.addNamespace(tenant.namespace);
      new TenantIsolation(this.platform, `tenant-${tenant.name}`, { tenant });
      enforceLevel(this.gateway, tenant.namespace, tenant.podSecurity);
    }
    const chart = this.chart(tenant.name, tenant.namespace);
    this.charts.set(tenant.name, chart);
    this.known.push(tenant);
    return chart;
  }

  /**
   * The chart of a tenant, the place for whatever else the tenant has in this region.
   *
   * @param tenant a tenant that was added
   */
  public tenantChart(tenant: Tenant): Chart {
    const chart = this.charts.get(tenant.name);
    if (chart !== undefined) return chart;
    const known = [...this.charts.keys()].sort().join(', ') || 'none yet';
    const fix = `call addTenant(Tenant.of("${tenant.name}")) first`;
    return reject(complaint('tenant is not here', tenant.name, `one of: ${known}`, fix), this);
  }

  /**
   * Opens media servers of a tenant, in its own namespace, to the clients of this region. A backend of another namespace is
   * refused; the platform may still share one with `addBackend` on the route.
   *
   * @param tenant a tenant that was added
   * @param name name of the route, unique for the tenant; RFC 1123 label
   * @param options backends, listeners and credential
   */
  public addRoute(tenant: Tenant, name: string, options: MediaRouteOptions): MediaRoute {
    for (const { namespace } of options.backends ?? []) this.checkOwned(tenant, namespace);
    const { gateway } = this;
    const { namespace } = tenant;
    const auth = options.auth ?? tenant.auth;
    return new MediaRoute(this.tenantChart(tenant), name, { ...options, auth, gateway, namespace });
  }

  private isolate(): TenantAdmission {
    const { gateway, isolation, platform } = this;
    const podSecurity = gateway.loadBalancer?.usesHostNetwork ? PodSecurity.PRIVILEGED : PodSecurity.RESTRICTED;
    new GuardedNamespace(platform, 'namespace', { name: gateway.gatewayNamespace, podSecurity });
    new GatewayIsolation(platform, 'isolation', { gateway, isolation });
    const { clusterPrefixes } = isolation;
    return new TenantAdmission(platform, 'admission', { name: `${gateway.gatewayName}-tenants`, clusterPrefixes });
  }

  /** Who can read the Gateway's Secrets can mint credentials for every tenant, or pose as the relay. */
  private secretComplaints(secrets: ISecret[]): string[] {
    return secrets.flatMap(({ name, namespace }) => {
      const owner = this.known.find(tenant => tenant.namespace === namespace);
      if (owner === undefined) return [];
      const allowed = "a namespace that is no tenant's";
      return [
        complaint(`Secret "${name}" of the Gateway is a tenant's`, owner.namespace, allowed, 'move it to the platform'),
      ];
    });
  }

  private checkOwned(tenant: Tenant, namespace: string | undefined): void {
    if (namespace === undefined || namespace === tenant.namespace) return;
    const allowed = `the namespace of the tenant, "${tenant.namespace}"`;
    reject(complaint('backend belongs to another tenant', namespace, allowed, 'leave its namespace out'), this);
  }

  private chart(name: string, namespace: string): Chart {
    const chart = new Chart(this, name, { namespace, disableResourceNameHashes: true });
    place(chart, `${this.region.name}/${name}`);
    return chart;
  }
}
