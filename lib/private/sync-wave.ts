export const SYNC_WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/**
 * Order of application within one Argo CD application. A Gateway whose GatewayConfig, Dataplane or auth Secret is missing
 * loses its load balancer and with it the public IP, so those come first; a GatewayClass is unhealthy until its
 * GatewayConfig exists, and would hold up every later wave.
 */
const WAVES: Readonly<Record<string, number>> = {
  Namespace: -5,
  Dataplane: -4,
  Secret: -3,
  GatewayConfig: -2,
  GatewayClass: -1,
  Gateway: -1,
  StaticService: 0,
  ReferenceGrant: 0,
  UDPRoute: 1,
};

export function syncWaveOf(kind: string): string {
  return String(WAVES[kind] ?? 0);
}
