import { IConstruct } from 'constructs';

/** A Gateway that routes may attach to, rendered here or elsewhere. */
export interface IStunnerGateway extends IConstruct {
  /** Name of the Gateway, and of the Service and Deployment that the operator makes for it. */
  readonly gatewayName: string;

  /** Namespace of the Gateway. */
  readonly gatewayNamespace: string;

  /**
   * Whether the Gateway has such a listener. True for a Gateway that is rendered elsewhere, whose listeners are unknown.
   *
   * @param listener name of the listener
   */
  hasListener(listener: string): boolean;

  /**
   * Whether some listener admits routes of a namespace. True for a Gateway that is rendered elsewhere.
   *
   * @param namespace namespace of the routes
   * @param listener name of the one listener to ask, or none to ask them all
   */
  admitsRoutesFrom(namespace: string, listener?: string): boolean;
}

/** Where to find a Gateway that is rendered elsewhere. */
export interface StunnerGatewayRef {
  /** Name of the Gateway (`metadata.name`). RFC 1035 label. */
  readonly name: string;

  /** Namespace of the Gateway. */
  readonly namespace: string;
}
