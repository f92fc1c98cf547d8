import { PodSecurity } from './isolation/pod-security';
import { complaint, reject } from './private/errors';
import { label1123 } from './private/names';
import { TurnAuth } from './turn-auth';

/** Folder of a region's platform objects in the rendered tree; no tenant may be called so. */
const PLATFORM = 'platform';

/** What is known of a tenant beyond its name. */
export interface TenantOptions {
  /**
   * The tenant's namespace, in every region.
   *
   * @default - the name of the tenant
   */
  readonly namespace?: string;

  /**
   * Level of the Pod Security Standards that the tenant's pods must meet.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly podSecurity?: PodSecurity;

  /**
   * What the tenant may use: resource name to quantity (ResourceQuota `spec.hard`), such as `pods: "50"`.
   *
   * @default - unlimited, but no load balancer and no node port
   */
  readonly quota?: Readonly<Record<string, string>>;

  /**
   * Credential of the tenant's routes, unless a route has one of its own. Its Secret lies in the tenant's namespace. It
   * reaches the tenant's routes only, and no other credential but a derived one reaches them; the relay of this project
   * holds to that, stunnerd does not.
   *
   * @default - the Gateway's credential, which all tenants share
   */
  readonly auth?: TurnAuth;
}

/** A team with media servers of its own: one namespace, to which its routes and backends belong. */
export class Tenant {
  /**
   * A tenant by name.
   *
   * @param name name of the tenant and of its folder in the rendered tree; RFC 1123 label other than `platform`
   * @param options the namespace, if it is named otherwise
   */
  public static of(name: string, options: TenantOptions = {}): Tenant {
    label1123('tenant name', name);
    if (name === PLATFORM) {
      const allowed = `any name but "${PLATFORM}", the folder of the platform's own objects`;
      reject(complaint('tenant name is reserved', name, allowed, 'rename the tenant'));
    }
    const namespace = label1123('tenant namespace', options.namespace ?? name);
    if (namespace.startsWith('kube-')) {
      const allowed = 'a namespace without the prefix "kube-"';
      reject(complaint('tenant namespace is reserved for Kubernetes', namespace, allowed, 'give the tenant its own'));
    }
    return new Tenant(
      name,
      namespace,
      options.podSecurity ?? PodSecurity.RESTRICTED,
      { ...options.quota },
      options.auth,
    );
  }

  private constructor(
    /** Name of the tenant. */
    public readonly name: string,
    /** Namespace of the tenant. */
    public readonly namespace: string,
    /** Level of the Pod Security Standards that the tenant's pods must meet. */
    public readonly podSecurity: PodSecurity,
    /** What the tenant may use: resource name to quantity. */
    public readonly quota: Readonly<Record<string, string>>,
    /** Credential of the tenant's routes; undefined is the Gateway's. */
    public readonly auth?: TurnAuth,
  ) {}
}
