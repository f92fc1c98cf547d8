import { RELAY_CONTROLLER } from '../contract';
import type { KubeObject, ObjectSet } from '../config/objects';
import { Problems } from '../config/problems';
import { servedRouteKinds, type RouteObjectKind } from '../config/route-kinds';
import type { ResolvedStatus, RouteStatus } from '../config/status';
import { isMap, type JsonMap } from './json';
import { liveObject, type LiveObject, type StatusKind } from './live-object';
import { hasEntryOf, mergeClassStatus, mergeGatewayStatus, mergeRouteStatus, type Parent } from './merge-status';

/** An object, and what its status is to say. */
export interface StatusTarget {
  /** The object as it was when its status was resolved. */
  readonly object: LiveObject;
  /** The status with our part as it should be, and all else as it is. */
  readonly merge: (before: JsonMap, now: string) => JsonMap;
}

/**
 * The objects whose status tells of our Gateway: classes, itself, its routes, and the routes that left it. Those of
 * STUNner's controller are its operator's to write.
 */
export class StatusTargets {
  private readonly parent: Parent;
  /** By route: what has not changed since is the same target, which its writer knows. */
  private readonly known = new WeakMap<object, { own?: RouteStatus; targets: readonly StatusTarget[] }>();

  /** @param gateway `<namespace>/<name>` */
  constructor(gateway: string) {
    const [namespace = '', name = ''] = gateway.split('/');
    this.parent = { controllerName: RELAY_CONTROLLER, namespace, name };
  }

  of(status: ResolvedStatus, objects: ObjectSet): readonly StatusTarget[] {
    const classes = status.gatewayClasses.filter(({ controllerName }) => controllerName === RELAY_CONTROLLER);
    const gateway = status.gateway?.controllerName === RELAY_CONTROLLER ? status.gateway : undefined;
    const ofClasses = classes.flatMap(own =>
      target('GatewayClass', objects.get('GatewayClass', '', own.name), (before, now) =>
        mergeClassStatus(before, own, now),
      ),
    );
    const ofGateway =
      gateway &&
      target('Gateway', objects.get('Gateway', gateway.namespace, gateway.name), (before, now) =>
        mergeGatewayStatus(before, gateway, now),
      );
    const keyOf = ({ kind, namespace, name }: Pick<RouteStatus, 'kind' | 'namespace' | 'name'>): string =>
      `${kind} ${namespace}/${name}`;
    const routes = new Map((gateway ? status.routes : []).map(route => [keyOf(route), route]));
    const ofRoutes = servedRouteKinds(true).flatMap(kind =>
      objects.list(kind).flatMap(route => this.ofRoute(kind, route, routes.get(`${kind} ${route.id}`))),
    );
    return [...ofClasses, ...(ofGateway ?? []), ...ofRoutes];
  }

  private ofRoute(kind: RouteObjectKind, route: KubeObject, own: RouteStatus | undefined): readonly StatusTarget[] {
    const document = documentOf(route);
    if (!isMap(document)) return [];
    const known = this.known.get(document);
    if (known !== undefined && known.own === own) return known.targets;
    const { parent } = this;
    const { namespace, name } = route;
    const status = own ?? { kind, namespace, name, parents: [] };
    const all = target(kind, route, (before, now) => mergeRouteStatus(before, parent, status, now));
    const targets = own ? all : all.filter(({ object }) => hasEntryOf(object.status, parent, namespace));
    this.known.set(document, { own, targets });
    return targets;
  }
}

function target(
  kind: StatusKind,
  source: KubeObject | undefined,
  merge: StatusTarget['merge'],
): readonly StatusTarget[] {
  const object = source && liveObject(kind, documentOf(source));
  return object === undefined ? [] : [{ object, merge }];
}

/** Another value for each version of the object. */
function documentOf(object: KubeObject): unknown {
  return object.fields(new Problems()).value;
}
