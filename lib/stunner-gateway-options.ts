import { Dataplane } from './dataplane/dataplane';
import { LoadBalancerProfile } from './dataplane/load-balancer-profile';
import { TurnAuth } from './turn-auth';
import { TurnListener } from './turn-listener';

/** What one Gateway and each of many regional ones are told alike. */
export interface StunnerGatewayOptions {
  /**
   * TURN REALM (GatewayConfig `spec.realm`), a DNS name in lower case. A change drops all sessions.
   */
  readonly realm: string;

  /** How clients authenticate (GatewayConfig `spec.authRef` and `spec.authType`). */
  readonly auth: TurnAuth;

  /**
   * Ports and transports (Gateway `spec.listeners`): 1 to 64 of them, UDP and TCP families each without a common port.
   *
   * @default - none; add at least one with `addListener`
   */
  readonly listeners?: TurnListener[];

  /**
   * Log levels (GatewayConfig `spec.logLevel`): `scope:LEVEL` joined by commas, where the scope `all` sets the default and
   * LEVEL is DISABLE, ERROR, WARN, INFO, DEBUG or TRACE.
   *
   * @default "all:INFO"
   */
  readonly logLevel?: string;

  /**
   * Who runs the relay pods (GatewayConfig `spec.dataplane`).
   *
   * @default - `Dataplane.operator()`
   */
  readonly dataplane?: Dataplane;

  /**
   * How clients get to the relay from outside the cluster: the platform's annotations, limits and health checks.
   *
   * @default - what the annotations say, else the cluster's own load balancer
   */
  readonly loadBalancer?: LoadBalancerProfile;

  /**
   * Annotations of the Gateway, which STUNner copies to its Service and Deployment. Keys of `stunner.l7mp.io/` are checked.
   *
   * @default - those that the listeners and the hostname need
   */
  readonly annotations?: Readonly<Record<string, string>>;
}
