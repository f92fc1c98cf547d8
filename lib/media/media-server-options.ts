import { Duration } from 'cdk8s';
import { IStunnerGateway } from '../stunner-gateway-ref';
import { TurnAuth } from '../turn-auth';
import { EnvVariable } from './env-variable';

/** What every media server is told. */
export interface MediaServerOptions {
  /** The Gateway whose clients reach the media server. */
  readonly gateway: IStunnerGateway;

  /**
   * Name of Deployment, Service and route. RFC 1035 label.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the media server, which some listener of the Gateway must admit.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;

  /**
   * Number of pods.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * CPU request as a Kubernetes quantity. There is no CPU limit, for throttling delays packets.
   *
   * @default "1"
   */
  readonly cpuRequest?: string;

  /**
   * Memory request and limit as a Kubernetes quantity.
   *
   * @default "1Gi"
   */
  readonly memory?: string;

  /**
   * How long a pod that is to go may wait for its calls to end.
   *
   * @default Duration.hours(1)
   */
  readonly gracePeriod?: Duration;

  /**
   * Namespaces whose pods may reach the signalling ports, such as that of the ingress gateway.
   *
   * @default - none
   */
  readonly signallingNamespaces?: string[];

  /**
   * Labels added to the pods.
   *
   * @default - none
   */
  readonly podLabels?: Readonly<Record<string, string>>;

  /**
   * Annotations of the pods.
   *
   * @default - none
   */
  readonly podAnnotations?: Readonly<Record<string, string>>;

  /**
   * Environment variables added to those that the server needs.
   *
   * @default - none
   */
  readonly env?: EnvVariable[];

  /**
   * Names of the listeners to attach to.
   *
   * @default - every listener that admits the namespace
   */
  readonly listeners?: string[];

  /**
   * Credential of the route's own.
   *
   * @default - the Gateway's credential
   */
  readonly auth?: TurnAuth;
}
