import * as gatewayApi from '../../imports/crds/gateway.networking.k8s.io.json';
import * as stunner from '../../imports/crds/stunner.l7mp.io.json';
import { Schema } from './structural-schema';

/** What is kept of a CustomResourceDefinition. */
export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** The kinds of STUNner, and those of Gateway API that it reads. */
export const CRDS = [...gatewayApi.items, ...stunner.items] as unknown as readonly Crd[];

const CLUSTER_SCOPED = new Set([
  ...CRDS.filter(({ spec }) => spec.scope === 'Cluster').map(({ spec }) => `${spec.group}/${spec.names.kind}`),
  '/Namespace',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
]);

/** Whether objects of a kind, given as `<group>/<kind>`, are of the whole cluster. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}
