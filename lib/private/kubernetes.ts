import { GroupVersionKind } from 'cdk8s';

const gvk = (apiVersion: string, kind: string): GroupVersionKind => ({ apiVersion, kind });

/** The kinds of Kubernetes itself that the constructs write. */
export const Kind = {
  ClusterRole: gvk('rbac.authorization.k8s.io/v1', 'ClusterRole'),
  ClusterRoleBinding: gvk('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
  ConfigMap: gvk('v1', 'ConfigMap'),
  DaemonSet: gvk('apps/v1', 'DaemonSet'),
  Deployment: gvk('apps/v1', 'Deployment'),
  HorizontalPodAutoscaler: gvk('autoscaling/v2', 'HorizontalPodAutoscaler'),
  Namespace: gvk('v1', 'Namespace'),
  NetworkPolicy: gvk('networking.k8s.io/v1', 'NetworkPolicy'),
  PodDisruptionBudget: gvk('policy/v1', 'PodDisruptionBudget'),
  ResourceQuota: gvk('v1', 'ResourceQuota'),
  Role: gvk('rbac.authorization.k8s.io/v1', 'Role'),
  RoleBinding: gvk('rbac.authorization.k8s.io/v1', 'RoleBinding'),
  Service: gvk('v1', 'Service'),
  ServiceAccount: gvk('v1', 'ServiceAccount'),
  ValidatingAdmissionPolicy: gvk('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'),
  ValidatingAdmissionPolicyBinding: gvk('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'),
} as const;

/** `matchLabels` and `matchExpressions` of Kubernetes. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** The label that the API server sets on every namespace, and no tenant can change. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
