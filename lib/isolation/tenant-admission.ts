import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { Kind, LabelSelector, NAMESPACE_NAME_LABEL } from '../private/kubernetes';
import { label1123 } from '../private/names';
import { FORBIDDEN_PREFIXES } from '../private/prefixes';

const STUNNER_API = 'stunner.l7mp.io';
/** The API server's CIDR functions refuse this form, and so do its prefixes. */
const IPV4_MAPPED = '::ffff:0:0/96';

/** Properties of a `TenantAdmission`. */
export interface TenantAdmissionProps {
  /**
   * Name that the cluster-scoped policies begin with. RFC 1123 label.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespaces of the tenants.
   *
   * @default - none; add them with `addNamespace`
   */
  readonly namespaces?: string[];

  /**
   * CIDR prefixes of the cluster's pods, Services and nodes, closed to static backends.
   *
   * @default - none beyond the networks that are always closed
   */
  readonly clusterPrefixes?: string[];
}

interface Rule {
  readonly expression: string;
  readonly message: string;
}

/**
 * Holds tenants to their own namespaces where manifests do not come from here: the API server refuses a tenant's UDPRoute to
 * another namespace, a StaticService over a forbidden network, and a GatewayConfig with a credential in it or of another
 * namespace.
 */
export class TenantAdmission extends Construct {
  /** The ValidatingAdmissionPolicies, one for each kind. */
  public readonly policies: ApiObject[];

  private readonly namespaces: Set<string>;

  public constructor(scope: Construct, id: string, props: TenantAdmissionProps = {}) {
    super(scope, id);
    const name = label1123('admission policy name', props.name ?? id, this);
    this.namespaces = new Set(props.namespaces);
    this.policies = [
      this.policy(name, 'udproutes', ROUTE_RULES),
      this.policy(name, 'staticservices', [prefixRule(props.clusterPrefixes ?? [])]),
      this.policy(name, 'gatewayconfigs', CONFIG_RULES),
    ];
  }

  /**
   * Holds one more tenant to its namespace.
   *
   * @param namespace namespace of the tenant
   */
  public addNamespace(namespace: string): void {
    this.namespaces.add(label1123('tenant namespace', namespace, this));
  }

  /** `In` wants a value; every namespace has the label, so without tenants the selector matches none. */
  private namespaceSelector(): LabelSelector {
    const key = NAMESPACE_NAME_LABEL;
    if (this.namespaces.size === 0) return { matchExpressions: [{ key, operator: 'DoesNotExist' }] };
    return { matchExpressions: [{ key, operator: 'In', values: [...this.namespaces].sort() }] };
  }

  private policy(prefix: string, resource: string, validations: readonly Rule[]): ApiObject {
    const name = `${prefix}-${resource}`;
    const policy = apiObject(this, `Policy-${resource}`, Kind.ValidatingAdmissionPolicy, {
      name,
      spec: () => ({
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: this.namespaceSelector(),
          objectSelector: {},
          resourceRules: [
            {
              apiGroups: [STUNNER_API],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: [resource],
              scope: '*',
            },
          ],
        },
        validations,
      }),
    });
    apiObject(this, `Binding-${resource}`, Kind.ValidatingAdmissionPolicyBinding, {
      name,
      spec: () => ({ policyName: name, validationActions: ['Deny'] }),
    });
    return policy;
  }
}

const ROUTE_RULES: readonly Rule[] = [
  {
    expression:
      'object.spec.rules.all(rule, !has(rule.backendRefs) || ' +
      'rule.backendRefs.all(ref, !has(ref.namespace) || ref.namespace == object.metadata.namespace))',
    message: 'a route may open backends of its own namespace only',
  },
];

const CONFIG_RULES: readonly Rule[] = [
  {
    expression:
      '!has(object.spec) || !(has(object.spec.userName) || has(object.spec.password) || has(object.spec.sharedSecret))',
    message: 'a credential belongs in a Secret, named by authRef',
  },
  {
    expression:
      '!has(object.spec) || !has(object.spec.authRef) || !has(object.spec.authRef.namespace) || ' +
      'object.spec.authRef.namespace == object.metadata.namespace',
    message: 'authRef may name a Secret of its own namespace only',
  },
];

function prefixRule(clusterPrefixes: readonly string[]): Rule {
  const always = FORBIDDEN_PREFIXES.map(([prefix]) => prefix).filter(prefix => prefix !== IPV4_MAPPED);
  const closed = `[${[...always, ...clusterPrefixes].map(prefix => `'${prefix}'`).join(', ')}]`;
  return {
    expression:
      `object.spec.prefixes.all(prefix, isCIDR(prefix) ` +
      `? ${closed}.all(net, !cidr(net).containsCIDR(prefix) && !cidr(prefix).containsCIDR(net)) ` +
      `: isIP(prefix) && ${closed}.all(net, !cidr(net).containsIP(prefix)))`,
    message: 'a prefix may not overlap loopback, link-local, metadata, multicast or cluster networks',
  };
}
