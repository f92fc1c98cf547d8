import { AlertThresholds } from '../observability/alert-thresholds';

/** An alert as Prometheus spells it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
}

/** Which relay the rules speak of. */
export interface Relay {
  readonly gateway: string;
  readonly namespace: string;
}

/** Selects the series of a relay's pods. */
export function series({ gateway, namespace }: Relay): string {
  return `namespace="${namespace}",pod=~"${gateway}-.*"`;
}

/** Series that are worth computing once, for dashboards and autoscalers. */
export function recordingRules(relay: Relay): { record: string; expr: string }[] {
  const pods = `{${series(relay)}}`;
  return [
    { record: 'gateway:turn_allocations_active:sum', expr: `sum by (namespace) (stunner_allocations_active${pods})` },
    {
      record: 'gateway:turn_allocations_active:per_pod',
      expr: `avg by (namespace) (stunner_allocations_active${pods})`,
    },
    {
      record: 'gateway:turn_listener_bytes:rate5m',
      expr: `sum by (namespace, direction) (rate(stunner_listener_bytes_total${pods}[5m]))`,
    },
  ];
}

/** What somebody should be told, and when. */
export function alerts(relay: Relay, thresholds: AlertThresholds): Alert[] {
  const pods = `{${series(relay)}}`;
  const rate = (metric: string, by = '') => `sum${by}(rate(${metric}${pods}[5m]))`;
  const { allocationsPerPod = 1000, certificateDays = 14 } = thresholds;
  const { authenticationFailuresPerSecond = 5, deniedPeersPerSecond = 5, droppedPacketsPerSecond = 100 } = thresholds;
  return [
    {
      alert: 'TurnRelayAbsent',
      expr: `absent(stunner_allocations_active${pods})`,
      for: '5m',
      severity: 'critical',
      summary: 'No relay pod answers: no call can be relayed.',
    },
    {
      alert: 'TurnRelayCapacityHigh',
      expr: `max(stunner_allocations_active${pods}) > ${0.8 * allocationsPerPod}`,
      for: '5m',
      severity: 'warning',
      summary: `A relay pod carries more than 80% of ${allocationsPerPod} allocations.`,
    },
    {
      alert: 'TurnAuthenticationFailures',
      expr: `${rate('turn_authentication_failures_total')} > ${authenticationFailuresPerSecond}`,
      for: '5m',
      severity: 'warning',
      summary: 'Clients come with credentials that are refused: expired, forged, or of a secret that was rotated away.',
    },
    {
      alert: 'TurnPeersDenied',
      expr: `${rate('turn_peers_denied_total', ' by (reason) ')} > ${deniedPeersPerSecond}`,
      for: '5m',
      severity: 'warning',
      summary: 'Clients ask for peers that no route opens: a probe of the network, or a route that is missing.',
    },
    {
      alert: 'TurnPacketsDropped',
      expr: `${rate('turn_packets_dropped_total', ' by (reason) ')} > ${droppedPacketsPerSecond}`,
      for: '10m',
      severity: 'warning',
      summary: 'The relay drops packets.',
    },
    {
      alert: 'TurnDrainTooLong',
      expr: `max by (pod) (turn_draining${pods}) == 1`,
      for: '50m',
      severity: 'warning',
      summary: 'A relay pod still has calls shortly before it is stopped.',
    },
    {
      alert: 'TurnTrafficVanished',
      expr: `sum(stunner_allocations_active${pods}) == 0 and sum(stunner_allocations_active${pods} offset 15m) > 20`,
      for: '5m',
      severity: 'critical',
      summary: 'All allocations are gone: the load balancer, its address or DNS may be.',
    },
    {
      alert: 'TurnCertificateExpires',
      expr: `certmanager_certificate_expiration_timestamp_seconds{namespace="${relay.namespace}"} - time() < ${certificateDays * 86400}`,
      for: '1h',
      severity: 'warning',
      summary: `A certificate of the Gateway ends in less than ${certificateDays} days.`,
    },
    {
      alert: 'TurnUdpReceiveBufferErrors',
      expr: `sum by (instance) (rate(node_netstat_Udp_RcvbufErrors[5m])) > 10`,
      for: '10m',
      severity: 'warning',
      summary: 'A node drops UDP before the relay can read it: raise net.core.rmem_max.',
    },
    {
      alert: 'TurnConntrackNearLimit',
      expr: 'max by (instance) (node_nf_conntrack_entries / node_nf_conntrack_entries_limit) > 0.8',
      for: '10m',
      severity: 'warning',
      summary: 'A node can soon track no new flow, and new calls fail.',
    },
  ];
}
