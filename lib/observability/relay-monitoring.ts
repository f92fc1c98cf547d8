import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  PodMonitor,
  PrometheusRule,
  PrometheusRuleSpecGroupsRulesExpr,
  toJson_PodMonitorSpec,
  toJson_PrometheusRuleSpec,
} from '../../imports/monitoring.coreos.com';
import { alerts, recordingRules } from '../private/alerts';
import { apiObject } from '../private/api-object';
import { dashboard } from '../private/dashboard';
import { Kind } from '../private/kubernetes';
import { turnPods } from '../private/turn-pods';
import { StunnerGateway } from '../stunner-gateway';
import { AlertThresholds } from './alert-thresholds';

const METRICS_PORT_NAME = 'metrics-port';

/** Properties of a `RelayMonitoring`. */
export interface RelayMonitoringProps {
  /** The Gateway whose relay is watched. */
  readonly gateway: StunnerGateway;

  /**
   * When the alerts fire.
   *
   * @default - the thresholds' own defaults
   */
  readonly thresholds?: AlertThresholds;

  /**
   * Labels by which Prometheus finds PodMonitor and PrometheusRule.
   *
   * @default - `release: kube-prometheus-stack`
   */
  readonly labels?: Readonly<Record<string, string>>;

  /**
   * Labels by which Grafana finds the dashboard.
   *
   * @default - `grafana_dashboard: "1"`
   */
  readonly dashboardLabels?: Readonly<Record<string, string>>;
}

/** What Prometheus and Grafana know of a relay: scraping, recording rules and alerts, a dashboard. Needs the Prometheus Operator. */
export class RelayMonitoring extends Construct {
  /** The PodMonitor. */
  public readonly podMonitor: ApiObject;
  /** The PrometheusRule. */
  public readonly rules: ApiObject;
  /** The ConfigMap with the dashboard. */
  public readonly dashboard: ApiObject;

  public constructor(scope: Construct, id: string, props: RelayMonitoringProps) {
    super(scope, id);
    const { gateway, thresholds = {}, labels = { release: 'kube-prometheus-stack' } } = props;
    const { gatewayName: name, gatewayNamespace: namespace } = gateway;
    const relay = { gateway: name, namespace };

    this.podMonitor = apiObject(this, 'Resource', PodMonitor.GVK, {
      name,
      namespace,
      labels,
      spec: () => {
        const { matchLabels, matchExpressions } = turnPods(gateway.gatewayNames(), namespace);
        return toJson_PodMonitorSpec({
          selector: {
            matchLabels: { ...matchLabels },
            matchExpressions: matchExpressions?.map(({ key, operator, values }) => {
              return { key, operator, values: values && [...values] };
            }),
          },
          podMetricsEndpoints: [{ port: METRICS_PORT_NAME, path: '/metrics' }],
        });
      },
    });
    this.rules = apiObject(this, 'Rules', PrometheusRule.GVK, {
      name,
      namespace,
      labels,
      spec: () =>
        toJson_PrometheusRuleSpec({
          groups: [
            {
              name: `${namespace}.${name}.recording`,
              rules: recordingRules(relay).map(({ record, expr }) => ({ record, expr: expression(expr) })),
            },
            {
              name: `${namespace}.${name}.alerts`,
              rules: alerts(relay, thresholds).map(({ alert, expr, severity, summary, for: duration }) => {
                return { alert, expr: expression(expr), for: duration, labels: { severity }, annotations: { summary } };
              }),
            },
          ],
        }),
    });
    this.dashboard = apiObject(this, 'Dashboard', Kind.ConfigMap, {
      name: `${name}-dashboard`,
      namespace,
      labels: props.dashboardLabels ?? { grafana_dashboard: '1' },
      fields: { data: { [`turn-${namespace}-${name}.json`]: dashboard(relay) } },
    });
  }
}

function expression(expr: string): PrometheusRuleSpecGroupsRulesExpr {
  return PrometheusRuleSpecGroupsRulesExpr.fromString(expr);
}
