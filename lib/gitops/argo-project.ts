import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { AppProject, toJson_AppProjectSpec } from '../../imports/argoproj.io';
import { apiObject } from '../private/api-object';
import { label1123 } from '../private/names';

/** A kind of Kubernetes object, by group and name. */
export interface ResourceKind {
  /** API group; empty for the core group. */
  readonly group: string;

  /** Kind, such as `Service`. */
  readonly kind: string;
}

/** Properties of an `ArgoProject`. */
export interface ArgoProjectProps {
  /** Git repositories to deploy from. */
  readonly repoUrls: string[];

  /** Namespaces to deploy to. */
  readonly namespaces: string[];

  /**
   * Names of the clusters to deploy to, as Argo CD knows them.
   *
   * @default - any cluster
   */
  readonly clusters?: string[];

  /**
   * Whether the project is the platform's: GatewayClass, Dataplane, namespaces and policies are its alone. A tenant's may hold routes,
   * workloads and their policies, but no Gateway, Secret, ReferenceGrant or RoleBinding, and nothing cluster-scoped.
   *
   * @default false
   */
  readonly platform?: boolean;

  /**
   * Name of the AppProject. RFC 1123 label.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of Argo CD.
   *
   * @default - the namespace of the chart, else `argocd`
   */
  readonly namespace?: string;
}

/** The bounds of what the platform, or a tenant, may deploy: an AppProject of Argo CD. */
export class ArgoProject extends Construct {
  /** Cluster-scoped kinds that the platform renders. */
  public static clusterKinds(): ResourceKind[] {
    return CLUSTER_KINDS.map(parsed);
  }

  /** Kinds that a tenant renders. */
  public static tenantKinds(): ResourceKind[] {
    return TENANT_KINDS.map(parsed);
  }

  /** Name of the AppProject. */
  public readonly projectName: string;
  /** The AppProject. */
  public readonly project: ApiObject;

  public constructor(scope: Construct, id: string, props: ArgoProjectProps) {
    super(scope, id);
    const { repoUrls, namespaces, clusters = ['*'], platform = false } = props;
    this.projectName = label1123('AppProject name', props.name ?? id, this);
    const sorted = [...new Set(namespaces)].sort();
    this.project = apiObject(this, 'Resource', AppProject.GVK, {
      name: this.projectName,
      namespace: props.namespace ?? Chart.of(this).namespace ?? 'argocd',
      spec: () =>
        toJson_AppProjectSpec({
          sourceRepos: repoUrls,
          destinations: clusters.flatMap(name => sorted.map(namespace => ({ name, namespace }))),
          clusterResourceWhitelist: platform ? ArgoProject.clusterKinds() : [],
          namespaceResourceWhitelist: platform ? [{ group: '*', kind: '*' }] : ArgoProject.tenantKinds(),
        }),
    });
  }
}

const CLUSTER_KINDS = [
  '/Namespace',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'gateway.networking.k8s.io/GatewayClass',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'stunner.l7mp.io/Dataplane',
];

const TENANT_KINDS = [
  '/ConfigMap',
  '/Service',
  'apps/Deployment',
  'autoscaling/HorizontalPodAutoscaler',
  'bitnami.com/SealedSecret',
  'external-secrets.io/ExternalSecret',
  'gateway.networking.k8s.io/HTTPRoute',
  'keda.sh/ScaledObject',
  'monitoring.coreos.com/PodMonitor',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/Sidecar',
  'networking.k8s.io/NetworkPolicy',
  'policy/PodDisruptionBudget',
  'security.istio.io/AuthorizationPolicy',
  'security.istio.io/PeerAuthentication',
  'stunner.l7mp.io/StaticService',
  'stunner.l7mp.io/UDPRoute',
  'telemetry.istio.io/Telemetry',
];

function parsed(text: string): ResourceKind {
  const [group = '', kind = ''] = text.split('/');
  return { group, kind };
}
