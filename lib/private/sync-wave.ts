export const SYNC_WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/**
 * Order of application within one Argo CD application. A Gateway whose GatewayConfig, Dataplane or auth Secret is missing
 * loses its load balancer and with it the public IP, so those come first; a GatewayClass is unhealthy until its
 * GatewayConfig exists, and would hold up every later wave.
 */
const WAVES: Readonly<Record<string, number>> = {
  Namespace: -5,
  AppProject: -5,
  Dataplane: -4,
  ServiceAccount: -4,
  NetworkPolicy: -4,
  ResourceQuota: -4,
  ValidatingAdmissionPolicy: -4,
  ValidatingAdmissionPolicyBinding: -4,
  PeerAuthentication: -4,
  AuthorizationPolicy: -4,
  Sidecar: -4,
  Telemetry: -4,
  ClusterRole: -4,
  ClusterRoleBinding: -4,
  Role: -4,
  RoleBinding: -4,
  Secret: -3,
  ExternalSecret: -3,
  SealedSecret: -3,
  Certificate: -3,
  GatewayConfig: -2,
  GatewayClass: -1,
  Gateway: -1,
  StaticService: 0,
  ReferenceGrant: 0,
  UDPRoute: 1,
  HTTPRoute: 1,
  VirtualService: 1,
  HorizontalPodAutoscaler: 2,
  ScaledObject: 2,
  PodDisruptionBudget: 2,
  PodMonitor: 3,
  PrometheusRule: 3,
};

export function syncWaveOf(kind: string): string {
  return String(WAVES[kind] ?? 0);
}
