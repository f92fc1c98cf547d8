import type { Credential } from '../auth/credential';
import type { ClusterConfig, ListenerConfig } from '../config/relay-config';
import type { Traffic } from '../turn/traffic';
import type { RelayView } from './relay-view';

const MASKED = '<masked>';

/** `/status` in stunnerd's shape, for `stunnerctl status`; passwords, secrets and private keys are masked. */
export function statusOf(view: RelayView): unknown {
  const { running } = view;
  const listeners = new Map(view.listenerTraffic());
  const routes = new Map(view.routeTraffic());
  return {
    version: 'v1',
    admin: {
      name: running?.name ?? '',
      loglevel: running?.logLevel ?? '',
      metrics_endpoint: running?.metricsEndpoint ?? '',
      healthcheck_endpoint: running?.healthEndpoint ?? '',
      quota: '0',
      offload: 'None[all]',
      licensing_info: '{tier:free}',
      datagram_io: view.datagramIo,
    },
    auth: { realm: running?.realm ?? '', ...authOf(running?.credentials ?? []) },
    listeners: (running?.listeners ?? []).map(listener => listenerOf(listener, listeners.get(listener.name))),
    clusters: (running?.clusters ?? []).map(cluster => clusterOf(cluster, routes.get(cluster.name))),
    allocationCount: view.allocations,
    dtlsSessions: view.dtlsSessions,
    socketProblems: Object.fromEntries(
      Object.entries(view.socketProblems()).map(([sockets, counts]) => [sockets, Object.fromEntries(counts)]),
    ),
    status: view.draining ? 'TERMINATING' : view.ready ? 'READY' : 'NOT-READY',
  };
}

function authOf(credentials: readonly Credential[]): object {
  const gateway = credentials.find(({ type }) => type !== 'derived');
  if (gateway?.type === 'static') {
    return { type: 'static', credentials: { username: gateway.username, password: MASKED } };
  }
  return gateway === undefined ? { type: 'none' } : { type: 'ephemeral', credentials: { secret: MASKED } };
}

function listenerOf(listener: ListenerConfig, traffic: Traffic | undefined): unknown {
  const { name, transport, address, port, publicAddress, publicPort, certificate, routes } = listener;
  return {
    name,
    protocol: `TURN-${transport.toUpperCase()}`,
    address,
    port,
    public_address: publicAddress,
    public_port: publicPort,
    ...(certificate && { cert: certificate.cert, key: MASKED }),
    routes,
    stats: statsOf(traffic),
  };
}

function clusterOf({ name, protocol, peers, hostnames }: ClusterConfig, traffic: Traffic | undefined): unknown {
  const endpoints = peers.map(({ prefix, minPort, maxPort }) =>
    minPort === 1 && maxPort === 65_535 ? prefix : `${prefix}:<${minPort}-${maxPort}>`,
  );
  return {
    name,
    type: hostnames === undefined ? 'STATIC' : 'STRICT_DNS',
    protocol: protocol.toUpperCase(),
    endpoints: [...endpoints, ...(hostnames ?? [])],
    stats: statsOf(traffic),
  };
}

function statsOf(traffic: Traffic | undefined): unknown {
  return {
    rx: { pkts: traffic?.rxPackets ?? 0, bytes: traffic?.rxBytes ?? 0 },
    tx: { pkts: traffic?.txPackets ?? 0, bytes: traffic?.txBytes ?? 0 },
  };
}
