import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Dataplane as DataplaneKind,
  DataplaneSpec,
  DataplaneSpecDataplaneResource,
  DataplaneSpecResourcesLimits,
  DataplaneSpecResourcesRequests,
  toJson_DataplaneSpec,
} from '../../imports/stunner.l7mp.io';
import { RelayMesh } from '../mesh/relay-mesh';
import { apiObject } from '../private/api-object';
import { RELAY_CONTROLLER, STUNNER_CONTROLLER } from '../private/contract';
import { complaint, reject } from '../private/errors';
import { disruptionBudget } from '../private/disruption-budget';
import { label1123 } from '../private/names';
import { RelayContext } from '../private/relay-context';
import { GRACE_SECONDS } from '../private/relay-workload';
import { spreadPods } from '../private/spread-pods';
import { turnPods } from '../private/turn-pods';
import { RelayImage } from './relay-image';
import { RelayScaling } from './relay-scaling';
import { StandaloneDataplaneOptions } from './standalone-options';
import { StandaloneRelay } from './standalone-relay';
import { RESTRICTED_CONTAINER, restrictedPod } from './restricted';

/** The Dataplane that the operator's Helm chart owns. */
const HELM_DATAPLANE = 'default';

/** How the STUNner operator is to run the relay (Dataplane `spec`). */
export interface OperatorDataplaneOptions {
  /**
   * Name of the cluster-scoped Dataplane. RFC 1123 label other than `default`, which belongs to the operator's Helm chart.
   *
   * @default - the Gateway's name followed by `-dataplane`
   */
  readonly name?: string;

  /**
   * Container image (`spec.image`).
   *
   * @default - the relay of this project, in the version of this library
   */
  readonly image?: RelayImage;

  /**
   * Number of pods (`spec.replicas`). The operator enforces 0 and numbers above 1, against any autoscaler.
   *
   * @default - left to the Deployment, so that an autoscaler may set it
   */
  readonly replicas?: number;

  /**
   * Changes the number of pods with their load. Not with `replicas`.
   *
   * @default - a fixed number
   */
  readonly scaling?: RelayScaling;

  /**
   * CPU request as a Kubernetes quantity (`spec.resources.requests.cpu`). There is no CPU limit, for throttling delays
   * packets.
   *
   * @default "500m"
   */
  readonly cpuRequest?: string;

  /**
   * Memory request as a Kubernetes quantity (`spec.resources.requests.memory`).
   *
   * @default "256Mi"
   */
  readonly memoryRequest?: string;

  /**
   * Memory limit as a Kubernetes quantity (`spec.resources.limits.memory`). The operator's own default of 20 MB kills
   * the relay at start.
   *
   * @default "1Gi"
   */
  readonly memoryLimit?: string;

  /**
   * Labels added to the pods (`spec.labels`).
   *
   * @default - none
   */
  readonly podLabels?: Readonly<Record<string, string>>;

  /**
   * Whether the pods are in a service mesh (`spec.labels` and `spec.annotations`).
   *
   * @default RelayMesh.outside()
   */
  readonly mesh?: RelayMesh;
}

/** Who runs the relay pods behind a Gateway. */
export abstract class Dataplane {
  /**
   * The STUNner operator runs them, as a Dataplane object of its own name describes.
   *
   * @param options image, scale and resources
   */
  public static operator(options: OperatorDataplaneOptions = {}): Dataplane {
    return new OperatorDataplane(options);
  }

  /**
   * No operator runs them: workload, Service, rights, disruption budget and autoscaler are rendered, and the relay reads the
   * API itself. Gateway, routes and credentials are the same objects as with an operator.
   *
   * @param options image, scale, resources and Service
   */
  public static standalone(options: StandaloneDataplaneOptions = {}): Dataplane {
    return new StandaloneDataplane(options);
  }

  /**
   * The STUNner operator runs them, as a Dataplane object that is rendered elsewhere describes. The disruption budget is rendered all
   * the same, for it belongs to the pods of the Gateway.
   *
   * @param name name of that object
   */
  public static existing(name: string): Dataplane {
    return new ExistingDataplane(label1123('Dataplane name', name));
  }

  /**
   * GatewayClass `controllerName` of whoever runs the pods.
   *
   * @internal
   */
  public readonly _controllerName: string = STUNNER_CONTROLLER;

  /**
   * Whether the pods are in a service mesh.
   *
   * @internal
   */
  public readonly _mesh: RelayMesh = RelayMesh.outside();

  /**
   * Name of the Dataplane object (GatewayConfig `spec.dataplane`).
   *
   * @internal
   */
  public abstract _nameFor(gatewayName: string): string;

  /**
   * Renders the Dataplane object, if it is ours to render.
   *
   * @internal
   */
  public abstract _render(scope: Construct, context: RelayContext): ApiObject | undefined;
}

class StandaloneDataplane extends Dataplane {
  public override readonly _controllerName: string = RELAY_CONTROLLER;
  public override readonly _mesh: RelayMesh;

  public constructor(private readonly options: StandaloneDataplaneOptions) {
    super();
    this._mesh = options.mesh ?? RelayMesh.outside();
    const { cpuRequest, memoryRequest, memoryLimit, replicas, scaling, onEveryNode, ipFamilies } = options;
    for (const quantity of [cpuRequest, memoryRequest, memoryLimit]) checkQuantity(quantity);
    checkReplicas(replicas);
    if ([replicas !== undefined, scaling !== undefined, onEveryNode === true].filter(Boolean).length > 1) {
      const allowed = 'one of "replicas", "scaling" and "onEveryNode"';
      reject(complaint('number of pods is decided twice', replicas, allowed, 'leave the others out'));
    }
    for (const family of ipFamilies ?? []) {
      if (['IPv4', 'IPv6'].includes(family)) continue;
      reject(complaint('IP family is unknown', family, '"IPv4" or "IPv6"', 'correct it'));
    }
  }

  /** Nobody reads it; this is what the API server writes where it is left out. */
  public override _nameFor(): string {
    return HELM_DATAPLANE;
  }

  public override _render(scope: Construct, context: RelayContext): ApiObject {
    return new StandaloneRelay(scope, 'Relay', context, this.options).workload;
  }
}

class ExistingDataplane extends Dataplane {
  public constructor(private readonly name: string) {
    super();
  }

  public override _nameFor(): string {
    return this.name;
  }

  public override _render(scope: Construct, { gatewayName, namespace, gatewayNames }: RelayContext): undefined {
    disruptionBudget(scope, gatewayName, namespace, gatewayNames);
  }
}

class OperatorDataplane extends Dataplane {
  public override readonly _mesh: RelayMesh;

  public constructor(private readonly options: OperatorDataplaneOptions) {
    super();
    this._mesh = options.mesh ?? RelayMesh.outside();
    if (options.name !== undefined) checkName(options.name);
    for (const quantity of [options.cpuRequest, options.memoryRequest, options.memoryLimit]) checkQuantity(quantity);
    checkReplicas(options.replicas);
    if (options.replicas !== undefined && options.scaling !== undefined) {
      const fix = 'leave "replicas" out';
      reject(complaint('number of pods is decided twice', options.replicas, '"replicas" or "scaling"', fix));
    }
  }

  public override _nameFor(gatewayName: string): string {
    return this.options.name ?? `${gatewayName}-dataplane`;
  }

  public override _render(scope: Construct, context: RelayContext): ApiObject {
    const name = label1123('Dataplane name', this._nameFor(context.gatewayName), scope);
    const spec = () => toJson_DataplaneSpec(this.spec(context));
    const { gatewayName, namespace } = context;
    disruptionBudget(scope, gatewayName, namespace, context.gatewayNames);
    context.followListeners(transport => this.scale(scope, context, transport));
    return apiObject(scope, 'Dataplane', DataplaneKind.GVK, { name, spec });
  }

  /** The operator runs a Deployment for each Gateway object: one, or one for each transport. */
  private scale(scope: Construct, { gatewayName, gatewayNameOf, namespace }: RelayContext, transport: string): void {
    const name = gatewayNameOf(transport);
    const id = name === gatewayName ? 'Autoscaler' : `Autoscaler-${transport}`;
    if (scope.node.tryFindChild(id) === undefined) this.options.scaling?._render(scope, id, { name, namespace });
  }

  private spec({ containerPorts, profile, gatewayNames, namespace }: RelayContext): DataplaneSpec {
    const { image, replicas, cpuRequest, memoryRequest, memoryLimit, podLabels } = this.options;
    const mesh = this._mesh;
    return {
      image: (image ?? RelayImage._DEFAULT).reference,
      imagePullPolicy: 'IfNotPresent',
      command: ['stunnerd'],
      args: ['-w', '--log-format=json'],
      dataplaneResource: DataplaneSpecDataplaneResource.DEPLOYMENT,
      offloadEngine: 'None',
      replicas,
      resources: {
        requests: {
          cpu: DataplaneSpecResourcesRequests.fromString(cpuRequest ?? '500m'),
          memory: DataplaneSpecResourcesRequests.fromString(memoryRequest ?? '256Mi'),
        },
        limits: { memory: DataplaneSpecResourcesLimits.fromString(memoryLimit ?? '1Gi') },
      },
      labels: { ...mesh.podLabels, ...podLabels },
      annotations: mesh._podAnnotations(containerPorts()),
      containerSecurityContext: RESTRICTED_CONTAINER,
      securityContext: restrictedPod(containerPorts().map(({ port }) => port)),
      enableMetricsEndpoint: true,
      hostNetwork: profile?.usesHostNetwork ?? false,
      topologySpreadConstraints: spreadPods(turnPods(gatewayNames(), namespace)),
      terminationGracePeriodSeconds: GRACE_SECONDS,
    };
  }
}

function checkName(name: string): void {
  label1123('Dataplane name', name);
  if (name === HELM_DATAPLANE) {
    const allowed = `any name but "${HELM_DATAPLANE}", which belongs to the operator's Helm chart`;
    reject(complaint('Dataplane name is taken', name, allowed, 'choose another, or use Dataplane.existing("default")'));
  }
}

function checkQuantity(quantity: string | undefined): void {
  if (quantity !== undefined && !/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.test(quantity)) {
    reject(complaint('quantity is not valid', quantity, 'a Kubernetes quantity', 'write it like "500m" or "256Mi"'));
  }
}

function checkReplicas(replicas: number | undefined): void {
  if (replicas !== undefined && !(Number.isInteger(replicas) && replicas >= 0)) {
    reject(complaint('replicas is not valid', replicas, 'a whole number from 0', 'correct it or leave it out'));
  }
}
