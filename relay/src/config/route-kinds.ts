import type { Field } from './field';
import { GATEWAY_GROUP, STUNNER_GROUP } from './objects';
import { isFalse, isTrue, type Condition, type RouteKind } from './status';

/** Kinds of route that a relay serves. */
const SERVED: readonly RouteKind[] = [{ group: STUNNER_GROUP, kind: 'UDPRoute' }];

export interface RouteKinds {
  /** Those of the served kinds that the listener admits. */
  readonly supported: readonly RouteKind[];
  /** ResolvedRefs as far as the kinds decide it. */
  readonly condition: Condition;
}

/** What a listener's `allowedRoutes.kinds` admits; without it every kind that is served. */
export function routeKinds(allowedRoutes: Field): RouteKinds {
  const kinds = allowedRoutes.get('kinds');
  const items = kinds.items();
  if (items === undefined) return { supported: [], condition: invalid('not a list of kinds') };
  if (items.length === 0) return { supported: SERVED, condition: isTrue('ResolvedRefs') };

  const named = items.map(item => ({
    group: item.get('group').string(GATEWAY_GROUP),
    kind: item.get('kind').required(),
  }));
  const isSame = (one: RouteKind, { group, kind }: (typeof named)[number]): boolean =>
    one.group === group && one.kind === kind;
  const supported = SERVED.filter(served => named.some(each => isSame(served, each)));
  if (named.every(each => SERVED.some(served => isSame(served, each)))) {
    return { supported, condition: isTrue('ResolvedRefs') };
  }
  const message = `kinds of route that are not served: kind UDPRoute of group ${STUNNER_GROUP}`;
  kinds.tell(message);
  return { supported, condition: invalid(message) };
}

function invalid(message: string): Condition {
  return isFalse('ResolvedRefs', 'InvalidRouteKinds', message);
}
