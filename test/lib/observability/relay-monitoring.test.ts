import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject } from 'cdk8s';
import { RelayMonitoring, RelayMonitoringProps } from 'cdk8s-stunner';
import { CrdOracle } from '../../oracle/crd-oracle';
import { gatewayIn, manifest, Manifest, manifests, plainChart } from '../support';

const oracle = CrdOracle.load();

function monitored(props: Partial<RelayMonitoringProps> = {}) {
  const chart = plainChart();
  const monitoring = new RelayMonitoring(chart, 'monitoring', { gateway: gatewayIn(chart), ...props });
  return { chart, monitoring };
}

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: { severity: string };
  annotations?: { summary: string };
}

const rulesOf = (object: Manifest) => (object.spec.groups as { rules: Rule[] }[]).flatMap(({ rules }) => rules);
const dashboardOf = (object: Manifest) =>
  Object.values((object as unknown as { data: Record<string, string> }).data)[0]!;

test('the default child is the PodMonitor', () => {
  expect(ApiObject.of(monitored().monitoring)).toMatchObject({ kind: 'PodMonitor' });
});

test('the relay pods are scraped at the port that stunnerd names', () => {
  expect(manifest(monitored().chart, 'PodMonitor')).toMatchObject({
    metadata: { labels: { release: 'kube-prometheus-stack' } },
    spec: {
      selector: { matchLabels: { app: 'stunner', 'stunner.l7mp.io/related-gateway-name': 'stunner-gateway' } },
      podMetricsEndpoints: [{ port: 'metrics-port', path: '/metrics' }],
    },
  });
});

test('every alert says how bad it is, and what it means', () => {
  const alerts = rulesOf(manifest(monitored().chart, 'PrometheusRule')).filter(({ alert }) => alert !== undefined);
  expect(alerts.length).toBeGreaterThan(5);
  for (const { labels, annotations } of alerts) {
    expect(labels?.severity).toMatch(/^(warning|critical)$/);
    expect(annotations?.summary).toMatch(/\.$/);
  }
});

test('alerts and panels speak of metrics that the relay has, and of its own pods only', () => {
  const { chart } = monitored();
  const metrics = readFileSync(join(__dirname, '../../../relay/src/admin/metrics.ts'), 'utf8');
  const { panels } = JSON.parse(dashboardOf(manifest(chart, 'ConfigMap'))) as {
    panels: { targets: { expr: string }[] }[];
  };
  const expressions = [
    ...rulesOf(manifest(chart, 'PrometheusRule')).map(({ expr }) => expr),
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  const used = expressions.flatMap(expr => [...expr.matchAll(/\b((?:stunner|turn)_\w+)(.)/g)]);
  expect(used.length).toBeGreaterThan(10);
  for (const [, name = '', next] of used) {
    // Traffic of listeners and of routes is counted by one piece of code, whose name is a template.
    const template = name.replace(
      /^stunner_(listener|cluster)_(bytes|packets)_total$/,
      'stunner_${side}_${unit}_total',
    );
    expect(metrics.includes(template) ? name : `no ${template}`).toBe(name);
    expect(next).toBe('{');
  }
});

test('thresholds and labels arrive', () => {
  const { chart } = monitored({
    thresholds: { allocationsPerPod: 200, certificateDays: 7, deniedPeersPerSecond: 1 },
    labels: { team: 'media' },
    dashboardLabels: { dashboards: 'yes' },
  });
  const object = manifest(chart, 'PrometheusRule');
  const expr = (name: string) => rulesOf(object).find(({ alert }) => alert === name)?.expr;
  expect(object.metadata.labels).toEqual({ team: 'media' });
  expect(expr('TurnRelayCapacityHigh')).toMatch(/ > 160$/);
  expect(expr('TurnCertificateExpires')).toMatch(/ < 604800$/);
  expect(expr('TurnPeersDenied')).toMatch(/ > 1$/);
  expect(manifest(chart, 'ConfigMap').metadata.labels).toEqual({ dashboards: 'yes' });
});

test('no label is taken from a user or an address', () => {
  expect(JSON.stringify(manifests(monitored().chart))).not.toMatch(/by \([^)]*(user|client|ip)/);
});

test('the API server would accept it all', () => {
  expect(manifests(monitored().chart).flatMap(object => oracle.check(object))).toEqual([]);
});
