import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { Kind } from '../private/kubernetes';
import { DNS_RULE, networkPolicy } from '../private/network-policy';
import { Tenant } from '../tenant';
import { GuardedNamespace } from './guarded-namespace';

/** Properties of a `TenantIsolation`. */
export interface TenantIsolationProps {
  /** The tenant whose namespace is rendered. */
  readonly tenant: Tenant;
}

/**
 * A tenant's namespace, in which everything is denied that no NetworkPolicy allows: DNS here, media by the routes, and whatever
 * else the tenant's own policies say. Public addresses cost money and go round the relay, so the quota grants none.
 */
export class TenantIsolation extends Construct {
  /** Namespace and ServiceAccount. */
  public readonly namespace: GuardedNamespace;
  /** The ResourceQuota. */
  public readonly quota: ApiObject;
  /** The policy that denies everything but DNS. */
  public readonly defaultDeny: ApiObject;

  public constructor(scope: Construct, id: string, props: TenantIsolationProps) {
    super(scope, id);
    const { namespace, podSecurity, quota } = props.tenant;
    this.namespace = new GuardedNamespace(this, 'Namespace', { name: namespace, podSecurity });
    this.quota = apiObject(this, 'ResourceQuota', Kind.ResourceQuota, {
      name: 'tenant',
      namespace,
      spec: () => ({ hard: { 'services.loadbalancers': '0', 'services.nodeports': '0', ...quota } }),
    });
    this.defaultDeny = networkPolicy(this, 'DefaultDeny', {
      name: 'default-deny',
      namespace,
      pods: () => ({}),
      ingress: () => [],
      egress: () => [DNS_RULE],
    });
  }
}
