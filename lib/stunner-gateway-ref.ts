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

  /**
   * Names of the Gateway objects behind this Gateway, sorted: one, or one for each transport where no load balancer serves
   * both.
   *
   * @param listener name of the one listener to look for, or none for all
   */
  gatewayNames(listener?: string): string[];
}

/** Where to find a Gateway that is rendered elsewhere. */
export interface StunnerGatewayRef {
  /** Name of the Gateway (`metadata.name`). RFC 1035 label. */
  readonly name: string;

  /** Namespace of the Gateway. */
  readonly namespace: string;
}
