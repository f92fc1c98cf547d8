import type { Field } from './field';
import { GATEWAY_API_ROUTE, GATEWAY_GROUP, KINDS, nameOfKind, type Kind } from './objects';
import { isFalse, isTrue, type Condition, type RouteKind } from './status';

/** The kinds of object that are routes. */
export type RouteObjectKind = Extract<Kind, 'UDPRoute' | typeof GATEWAY_API_ROUTE>;

/** Kinds of route that a relay serves; of two routes of one name, the one of the kind that comes first counts. */
export function servedRouteKinds(gatewayApiRoutes: boolean): readonly RouteObjectKind[] {
  return gatewayApiRoutes ? ['UDPRoute', GATEWAY_API_ROUTE] : ['UDPRoute'];
}

export function routeKindOf(kind: RouteObjectKind): RouteKind {
  return { group: KINDS[kind].group, kind: nameOfKind(kind) };
}

export function isSameKind(one: RouteKind, other: { readonly group?: string; readonly kind?: string }): boolean {
  return one.group === other.group && one.kind === other.kind;
}

export interface RouteKinds {
  /** Those of the served kinds that the listener admits. */
  readonly supported: readonly RouteKind[];
  /** ResolvedRefs as far as the kinds decide it. */
  readonly condition: Condition;
}

/** What a listener's `allowedRoutes.kinds` admits; without it every kind that is served. */
export function routeKinds(allowedRoutes: Field, kindsServed: readonly RouteObjectKind[]): RouteKinds {
  const served = kindsServed.map(routeKindOf);
  const kinds = allowedRoutes.get('kinds');
  const items = kinds.items();
  if (items === undefined) return { supported: [], condition: invalid('not a list of kinds') };
  if (items.length === 0) return { supported: served, condition: isTrue('ResolvedRefs') };

  const named = items.map(item => ({
    group: item.get('group').string(GATEWAY_GROUP),
    kind: item.get('kind').required(),
  }));
  const supported = served.filter(kind => named.some(each => isSameKind(kind, each)));
  if (named.every(each => served.some(kind => isSameKind(kind, each)))) {
    return { supported, condition: isTrue('ResolvedRefs') };
  }
  const known = served.map(({ group, kind }) => `kind ${kind} of group ${group}`).join(', ');
  const message = `kinds of route that are not served: ${known}`;
  kinds.tell(message);
  return { supported, condition: invalid(message) };
}

function invalid(message: string): Condition {
  return isFalse('ResolvedRefs', 'InvalidRouteKinds', message);
}
