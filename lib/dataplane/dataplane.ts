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
import { apiObject } from '../private/api-object';
import { STUNNER_CONTROLLER } from '../private/contract';
import { complaint, reject } from '../private/errors';
import { label1123 } from '../private/names';
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from './restricted';

const DEFAULT_IMAGE = 'cdk8s-stunner/stunnerd:0.1.0';
/** Media sessions outlive a rollout by this long at most. */
const GRACE_SECONDS = 3600;
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
  readonly image?: string;

  /**
   * Number of pods (`spec.replicas`). The operator enforces 0 and numbers above 1, against any autoscaler.
   *
   * @default - left to the Deployment, so that an autoscaler may set it
   */
  readonly replicas?: number;

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
   * @default - only those that keep the pods out of a service mesh
   */
  readonly podLabels?: Readonly<Record<string, string>>;
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
   * The STUNner operator runs them, as a Dataplane object that is rendered elsewhere describes.
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
  public abstract _render(scope: Construct, gatewayName: string): ApiObject | undefined;
}

class ExistingDataplane extends Dataplane {
  public constructor(private readonly name: string) {
    super();
  }

  public override _nameFor(): string {
    return this.name;
  }

  public override _render(): undefined {
    return undefined;
  }
}

class OperatorDataplane extends Dataplane {
  public constructor(private readonly options: OperatorDataplaneOptions) {
    super();
    if (options.name !== undefined) checkName(options.name);
    if (options.image !== undefined) checkImage(options.image);
    for (const quantity of [options.cpuRequest, options.memoryRequest, options.memoryLimit]) checkQuantity(quantity);
    checkReplicas(options.replicas);
  }

  public override _nameFor(gatewayName: string): string {
    return this.options.name ?? `${gatewayName}-dataplane`;
  }

  public override _render(scope: Construct, gatewayName: string): ApiObject {
    const name = label1123('Dataplane name', this._nameFor(gatewayName), scope);
    return apiObject(scope, 'Dataplane', DataplaneKind.GVK, { name, spec: () => toJson_DataplaneSpec(this.spec()) });
  }

  private spec(): DataplaneSpec {
    const { image, replicas, cpuRequest, memoryRequest, memoryLimit, podLabels } = this.options;
    return {
      image: image ?? DEFAULT_IMAGE,
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
      // Media is no traffic for a mesh: a sidecar would only stand in the way of the clients' TCP and TLS.
      labels: { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none', ...podLabels },
      containerSecurityContext: RESTRICTED_CONTAINER,
      securityContext: RESTRICTED_POD,
      enableMetricsEndpoint: true,
      hostNetwork: false,
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

function checkImage(image: string): void {
  if (!/^[a-z0-9][a-zA-Z0-9._:/@-]*$/.test(image)) {
    reject(complaint('image is not valid', image, 'an image reference', 'write it like "registry/name:tag"'));
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
