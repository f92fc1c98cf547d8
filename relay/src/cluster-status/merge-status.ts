import type { GatewayClassStatus, GatewayStatus, ParentRef, RouteStatus } from '../config/status';
import { mergeConditions } from './conditions';
import { mapOf, mapsOf, type JsonMap } from './json';

/** A Gateway of a controller: whose entries in a route's status are ours. */
export interface Parent {
  readonly controllerName: string;
  readonly namespace: string;
  readonly name: string;
}

export function mergeClassStatus(before: JsonMap, status: GatewayClassStatus, now: string): JsonMap {
  const { conditions, generation } = status;
  return { ...before, conditions: mergeConditions(mapsOf(before.conditions), conditions, { generation, now }) };
}

/** Listeners that the Gateway has no more go; in those it has, other controllers' conditions stay. */
export function mergeGatewayStatus(before: JsonMap, status: GatewayStatus, now: string): JsonMap {
  const { conditions, addresses, listeners, generation } = status;
  const stamp = { generation, now };
  return {
    ...before,
    addresses,
    conditions: mergeConditions(mapsOf(before.conditions), conditions, stamp),
    listeners: listeners.map(listener => {
      const known = mapOf(mapsOf(before.listeners).find(({ name }) => name === listener.name));
      return {
        ...known,
        ...listener,
        conditions: mergeConditions(mapsOf(known.conditions), listener.conditions, stamp),
      };
    }),
  };
}

/** Entries of other controllers, and of ours for other Gateways, stay as they are and where they are. */
export function mergeRouteStatus(before: JsonMap, parent: Parent, status: RouteStatus, now: string): JsonMap {
  const { namespace, parents, generation } = status;
  const waiting = new Map(parents.map(entry => [refKey({ ...entry.parentRef }, namespace), entry]));
  const merged = mapsOf(before.parents).flatMap((entry): readonly JsonMap[] => {
    if (!isOf(entry, parent, namespace)) return [entry];
    const key = refKey(mapOf(entry.parentRef), namespace);
    const own = waiting.get(key);
    waiting.delete(key);
    if (own === undefined) return [];
    const conditions = mergeConditions(mapsOf(entry.conditions), own.conditions, { generation, now });
    return [{ ...entry, ...own, conditions }];
  });
  const added = [...waiting.values()].map(own => ({
    ...own,
    conditions: mergeConditions([], own.conditions, { generation, now }),
  }));
  return { ...before, parents: [...merged, ...added] };
}

/** Whether a route's status has an entry of a Gateway. */
export function hasEntryOf(status: JsonMap, parent: Parent, routeNamespace: string): boolean {
  return mapsOf(status.parents).some(entry => isOf(entry, parent, routeNamespace));
}

function isOf({ controllerName, parentRef }: JsonMap, parent: Parent, routeNamespace: string): boolean {
  const { namespace = routeNamespace, name } = mapOf(parentRef);
  return controllerName === parent.controllerName && namespace === parent.namespace && name === parent.name;
}

/** What a parent reference means, however much of it is left to defaults. */
function refKey(ref: Partial<Record<keyof ParentRef, unknown>>, routeNamespace: string): string {
  const { namespace = routeNamespace, name, sectionName = null, port = null } = ref;
  return JSON.stringify([namespace, name, sectionName, port]);
}
