import { Relay, series } from './alerts';

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const WIDTH = 12;
const HEIGHT = 8;

/** A Grafana dashboard of one Gateway, as JSON with the same bytes every time. */
export function dashboard(relay: Relay): string {
  const panels = panelsOf(relay).map(({ title, unit, queries }, index) => ({
    id: index + 1,
    type: 'timeseries',
    title,
    gridPos: { h: HEIGHT, w: WIDTH, x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT },
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: queries.map(([expr, legendFormat], target) => ({
      refId: String.fromCharCode(65 + target),
      expr,
      legendFormat,
    })),
  }));
  const datasource = { name: 'datasource', type: 'datasource', query: 'prometheus' };
  return JSON.stringify(
    {
      uid: `turn-${relay.namespace}-${relay.gateway}`.slice(0, 40),
      title: `TURN ${relay.namespace}/${relay.gateway}`,
      tags: ['turn', 'stunner'],
      schemaVersion: 39,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      templating: { list: [datasource] },
      panels,
    },
    undefined,
    2,
  );
}

function panelsOf(relay: Relay): Panel[] {
  const pods = `{${series(relay)}}`;
  const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}${pods}[5m]))`;
  return [
    { title: 'Allocations', unit: 'short', queries: [[`stunner_allocations_active${pods}`, '{{pod}}']] },
    {
      title: 'Connections',
      unit: 'short',
      queries: [[`sum by (name) (stunner_listener_connections${pods})`, '{{name}}']],
    },
    {
      title: 'Clients',
      unit: 'Bps',
      queries: [[rate('stunner_listener_bytes_total', 'name, direction'), '{{name}} {{direction}}']],
    },
    {
      title: 'Routes',
      unit: 'Bps',
      queries: [[rate('stunner_cluster_bytes_total', 'name, direction'), '{{name}} {{direction}}']],
    },
    { title: 'Dropped packets', unit: 'pps', queries: [[rate('turn_packets_dropped_total', 'reason'), '{{reason}}']] },
    { title: 'Denied peers', unit: 'ops', queries: [[rate('turn_peers_denied_total', 'reason'), '{{reason}}']] },
    {
      title: 'Refused credentials',
      unit: 'ops',
      queries: [[rate('turn_authentication_failures_total', 'pod'), '{{pod}}']],
    },
    { title: 'Draining', unit: 'short', queries: [[`turn_draining${pods}`, '{{pod}}']] },
  ];
}
