import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ScaledObject, toJson_ScaledObjectSpec } from '../../imports/keda.sh';
import { apiObject } from '../private/api-object';
import { complaint, reject } from '../private/errors';
import { Kind } from '../private/kubernetes';

const METRIC = 'stunner_allocations_active';
const TEN_MINUTES = 600;
const HALF_AN_HOUR = 1800;

/** How many relay pods there may be, and how much each takes. */
export interface RelayScalingOptions {
  /**
   * Fewest pods, at least 2.
   *
   * @default 2
   */
  readonly minReplicas?: number;

  /** Most pods. */
  readonly maxReplicas: number;

  /**
   * Allocations that a pod carries on average before another is added.
   *
   * @default 500
   */
  readonly allocationsPerPod?: number;
}

/** Options of scaling by KEDA. */
export interface KedaScalingOptions extends RelayScalingOptions {
  /** URL of Prometheus, which knows the relay's metrics. */
  readonly prometheusUrl: string;
}

/** The Deployment that is scaled. */
interface ScalingTarget {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Scales the relay by its active allocations, since its CPU lags behind them. Pods are taken away slowly, one in ten minutes: each has
 * calls to finish. Where flows are spread by plain hashing, a new pod moves calls as well.
 */
export class RelayScaling {
  /**
   * By a HorizontalPodAutoscaler, through the custom metrics API (prometheus-adapter).
   *
   * @param options limits
   */
  public static horizontal(options: RelayScalingOptions): RelayScaling {
    return new RelayScaling(options);
  }

  /**
   * By a ScaledObject of KEDA, which asks Prometheus itself.
   *
   * @param options limits, and where Prometheus is
   */
  public static keda(options: KedaScalingOptions): RelayScaling {
    return new RelayScaling(options, options.prometheusUrl);
  }

  /** Fewest pods. */
  public readonly minReplicas: number;
  /** Most pods. */
  public readonly maxReplicas: number;
  /** Allocations that a pod carries on average. */
  public readonly allocationsPerPod: number;

  private constructor(
    { minReplicas = 2, maxReplicas, allocationsPerPod = 500 }: RelayScalingOptions,
    private readonly prometheusUrl?: string,
  ) {
    this.minReplicas = minReplicas;
    this.maxReplicas = maxReplicas;
    this.allocationsPerPod = allocationsPerPod;
    checkWhole('fewest pods', minReplicas, 2);
    checkWhole('most pods', maxReplicas, minReplicas);
    checkWhole('allocations per pod', allocationsPerPod, 1);
  }

  /**
   * The autoscaler of a Deployment.
   *
   * @internal
   */
  public _render(scope: Construct, id: string, target: ScalingTarget): ApiObject {
    return this.prometheusUrl === undefined
      ? this.renderHorizontal(scope, id, target)
      : this.renderScaledObject(scope, id, target, this.prometheusUrl);
  }

  private renderHorizontal(scope: Construct, id: string, { name, namespace }: ScalingTarget): ApiObject {
    return apiObject(scope, id, Kind.HorizontalPodAutoscaler, {
      name,
      namespace,
      spec: () => ({
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: this.minReplicas,
        maxReplicas: this.maxReplicas,
        metrics: [
          {
            type: 'Pods',
            pods: {
              metric: { name: METRIC },
              target: { type: 'AverageValue', averageValue: String(this.allocationsPerPod) },
            },
          },
        ],
        behavior: { scaleDown: SLOWLY },
      }),
    });
  }

  private renderScaledObject(scope: Construct, id: string, target: ScalingTarget, serverAddress: string): ApiObject {
    const { name, namespace } = target;
    return apiObject(scope, id, ScaledObject.GVK, {
      name,
      namespace,
      spec: () =>
        toJson_ScaledObjectSpec({
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          minReplicaCount: this.minReplicas,
          maxReplicaCount: this.maxReplicas,
          advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: SLOWLY } } },
          triggers: [
            {
              type: 'prometheus',
              metadata: {
                serverAddress,
                query: `sum(${METRIC}{namespace="${namespace}",pod=~"${name}-[^-]+-[^-]+"})`,
                threshold: String(this.allocationsPerPod),
                ignoreNullValues: 'false',
              },
            },
          ],
        }),
    });
  }
}

const SLOWLY = {
  stabilizationWindowSeconds: HALF_AN_HOUR,
  policies: [{ type: 'Pods', value: 1, periodSeconds: TEN_MINUTES }],
};

function checkWhole(what: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  reject(complaint(`${what} is not valid`, value, `a whole number from ${least}`, 'correct it'));
}
