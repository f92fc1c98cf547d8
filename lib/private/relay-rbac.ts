import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from './api-object';
import { Kind } from './kubernetes';

const RBAC = 'rbac.authorization.k8s.io';
const FOLLOW = ['list', 'watch'];

/** Whose rights are granted. */
export interface Subject {
  readonly name: string;
  readonly namespace: string;
}

const subjects = ({ name, namespace }: Subject) => [{ kind: 'ServiceAccount', name, namespace }];
const roleRef = (kind: string, name: string) => ({ apiGroup: RBAC, kind, name });

/**
 * What the relay reads of the cluster, none of it secret, and the status and Events that it writes.
 *
 * @param gatewayApiRoutes Gateway API's own UDPRoute, too
 */
export function grantReading(scope: Construct, subject: Subject, gatewayApiRoutes: boolean): void {
  const name = `${subject.namespace}:${subject.name}`;
  const routes = gatewayApiRoutes ? ['udproutes'] : [];
  const rules = [
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['gatewayclasses', 'gateways', 'referencegrants', ...routes],
      verbs: FOLLOW,
    },
    { apiGroups: ['stunner.l7mp.io'], resources: ['gatewayconfigs', 'staticservices', 'udproutes'], verbs: FOLLOW },
    { apiGroups: [''], resources: ['namespaces', 'services'], verbs: FOLLOW },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: FOLLOW },
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['gatewayclasses/status', 'gateways/status', ...routes.map(route => `${route}/status`)],
      verbs: ['patch'],
    },
    { apiGroups: ['stunner.l7mp.io'], resources: ['udproutes/status'], verbs: ['patch'] },
    // Of a route, in its tenant's namespace; an Event that is there is counted on.
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ];
  apiObject(scope, 'ClusterRole', Kind.ClusterRole, { name, fields: { rules } });
  const fields = { roleRef: roleRef('ClusterRole', name), subjects: subjects(subject) };
  apiObject(scope, 'ClusterRoleBinding', Kind.ClusterRoleBinding, { name, fields });
}

/** The Lease by which one pod is elected to write status. */
export function grantElection(scope: Construct, subject: Subject): void {
  const name = `${subject.name}-election`;
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  const rules = [
    { ...lease, verbs: ['create'] },
    { ...lease, resourceNames: [subject.name], verbs: ['get', 'update'] },
  ];
  grantRole(scope, 'Election', name, subject.namespace, subject, rules);
}

/** Named Secrets of a namespace, and no other one. */
export function grantSecrets(scope: Construct, namespace: string, subject: Subject, names: () => string[]): void {
  const name = `${subject.namespace}.${subject.name}-secrets`;
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: FOLLOW }];
  grantRole(scope, `Secrets-${namespace}`, name, namespace, subject, rules, names);
}

function grantRole(
  scope: Construct,
  id: string,
  name: string,
  namespace: string,
  subject: Subject,
  rules: readonly object[],
  resourceNames?: () => string[],
): void {
  const withNames = () => rules.map(rule => ({ ...rule, resourceNames: resourceNames?.() }));
  apiObject(scope, `Role-${id}`, Kind.Role, {
    name,
    namespace,
    fields: { rules: resourceNames ? (Lazy.any({ produce: withNames }) as unknown) : rules },
  });
  const fields = { roleRef: roleRef('Role', name), subjects: subjects(subject) };
  apiObject(scope, `RoleBinding-${id}`, Kind.RoleBinding, { name, namespace, fields });
}
