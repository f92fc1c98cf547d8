import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Route } from './admin-server';
import type { RelayView } from './relay-view';

/**
 * The metrics of a relay in Prometheus' text format, by stunnerd's names and then our own. Counters are read when they are
 * asked for; the packet path only counts. Label values come from the configuration or a closed set, so there are few.
 */
export function metricsRoute(view: RelayView): Route {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });

  new Gauge({
    name: 'stunner_allocations_active',
    help: 'Allocations at the moment.',
    registers,
    collect() {
      this.set(view.allocations);
    },
  });
  new Gauge({
    name: 'stunner_listener_connections',
    help: 'Stream connections of a listener; for UDP its sockets.',
    labelNames: ['name'],
    registers,
    collect() {
      this.reset();
      for (const listener of view.running?.listeners ?? []) {
        this.set({ name: listener.name }, view.connections(listener).current);
      }
    },
  });
  counter(
    'stunner_listener_connections_total',
    'Stream connections that a listener has had; for UDP its sockets.',
    'name',
    () => (view.running?.listeners ?? []).map(listener => [listener.name, view.connections(listener).total]),
    registers,
  );
  trafficCounters('listener', () => view.listenerTraffic(), registers);
  trafficCounters('cluster', () => view.routeTraffic(), registers);
  counter('turn_packets_dropped_total', 'Packets that went no further.', 'reason', () => view.drops(), registers);
  counter(
    'turn_requests_refused_total',
    'Requests refused for want of something.',
    'reason',
    () => view.refusals(),
    registers,
  );
  counter('turn_peers_denied_total', 'Peers that were denied.', 'reason', () => view.denials(), registers);
  new Counter({
    name: 'turn_authentication_failures_total',
    help: 'Requests with a credential that was refused.',
    registers,
    collect() {
      this.reset();
      this.inc(view.authenticationFailures);
    },
  });
  new Gauge({
    name: 'turn_limit',
    help: 'What clients may take at most. What is unlimited is not shown.',
    labelNames: ['limit'],
    registers,
    collect() {
      this.reset();
      for (const [limit, value] of view.limitsInForce()) this.set({ limit }, value);
    },
  });
  new Gauge({
    name: 'turn_draining',
    help: '1 while the relay waits for its last allocation to end.',
    registers,
    collect() {
      this.set(view.draining ? 1 : 0);
    },
  });
  new Gauge({
    name: 'turn_datagram_io_info',
    help: 'Which datagram implementation runs.',
    labelNames: ['implementation'],
    registers,
    collect() {
      this.set({ implementation: view.datagramIo }, 1);
    },
  });
  new Gauge({
    name: 'turn_dtls_sessions',
    help: 'DTLS sessions at the moment.',
    labelNames: ['state'],
    registers,
    collect() {
      const { current, handshakes } = view.dtlsSessions;
      this.set({ state: 'handshake' }, handshakes);
      this.set({ state: 'established' }, current - handshakes);
    },
  });
  new Counter({
    name: 'turn_socket_problems_total',
    help: 'What has gone wrong with sockets: datagrams lost, clients turned away, system errors.',
    labelNames: ['sockets', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [sockets, counts] of Object.entries(view.socketProblems())) {
        for (const [reason, count] of counts) this.inc({ sockets, reason }, count);
      }
    },
  });
  return async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() });
}

type Pairs = Iterable<readonly [string, number]>;

function counter(name: string, help: string, label: string, values: () => Pairs, registers: Registry[]): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers,
    collect() {
      this.reset();
      for (const [key, value] of values()) this.inc({ [label]: key }, value);
    },
  });
}

function trafficCounters(
  side: 'listener' | 'cluster',
  traffic: RelayView['listenerTraffic'],
  registers: Registry[],
): void {
  for (const unit of ['packets', 'bytes'] as const) {
    new Counter({
      name: `stunner_${side}_${unit}_total`,
      help: `${unit === 'packets' ? 'Packets' : 'Bytes'} by direction, as the relay sees it.`,
      labelNames: ['name', 'direction'],
      registers,
      collect() {
        this.reset();
        for (const [name, { rxPackets, rxBytes, txPackets, txBytes }] of traffic()) {
          this.inc({ name, direction: 'rx' }, unit === 'packets' ? rxPackets : rxBytes);
          this.inc({ name, direction: 'tx' }, unit === 'packets' ? txPackets : txBytes);
        }
      },
    });
  }
}
