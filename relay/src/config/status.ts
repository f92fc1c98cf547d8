import type { RouteObjectKind } from './route-kinds';

/** One condition of an object, in the words of the Gateway API. */
export interface Condition {
  readonly type: 'Accepted' | 'Programmed' | 'Conflicted' | 'ResolvedRefs';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** What Kubernetes objects are to be told about themselves; without times, so that equal input gives equal status. */
export interface ResolvedStatus {
  /** Classes of ours, sorted by name. */
  readonly gatewayClasses: readonly GatewayClassStatus[];
  readonly gateway?: GatewayStatus;
  /** Routes that name the Gateway as a parent, sorted by kind, namespace and name. */
  readonly routes: readonly RouteStatus[];
}

export interface GatewayClassStatus {
  readonly name: string;
  readonly controllerName: string;
  /** `metadata.generation` the conditions are of; absent if the object has none. */
  readonly generation?: number;
  readonly conditions: readonly Condition[];
}

export interface GatewayStatus {
  readonly namespace: string;
  readonly name: string;
  /** Of its class. */
  readonly controllerName: string;
  readonly generation?: number;
  readonly addresses: readonly { readonly type: 'IPAddress' | 'Hostname'; readonly value: string }[];
  readonly conditions: readonly Condition[];
  /** One for each listener that has a name, in the Gateway's order. */
  readonly listeners: readonly ListenerStatus[];
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly RouteKind[];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

export interface RouteKind {
  readonly group: string;
  readonly kind: string;
}

export interface RouteStatus {
  readonly kind: RouteObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly generation?: number;
  /** One for each reference to the Gateway, in the route's order. */
  readonly parents: readonly RouteParentStatus[];
}

export interface RouteParentStatus {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export function isTrue(type: Condition['type'], reason: string = type, message = ''): Condition {
  return { type, status: 'True', reason, message };
}

export function isFalse(type: Condition['type'], reason: string, message: string): Condition {
  return { type, status: 'False', reason, message };
}
