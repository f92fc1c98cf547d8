import { AUTH_REF_ANNOTATION } from '../contract';
import type { Credential } from '../auth/credential';
import { admits } from './allowed-routes';
import { quote, type Field } from './field';
import { GATEWAY_GROUP, isObjectName, KINDS, type KubeObject } from './objects';
import type { ClusterConfig } from './relay-config';
import { resolveBackends, type ResolvedBackends } from './resolve-backends';
import { routeCredentials } from './resolve-credentials';
import type { ChosenGateway } from './resolve-gateway';
import type { ResolvedListener } from './resolve-listeners';
import { generationOf, isGatewayRef, type Resolution } from './resolution';
import { isSameKind, routeKindOf, type RouteObjectKind } from './route-kinds';
import { isFalse, isTrue, type Condition, type ParentRef, type RouteParentStatus, type RouteStatus } from './status';

/** A route that names the Gateway as a parent. */
export interface ResolvedRoute {
  /** Absent if it attaches to no listener, or its credential is not to be known. */
  readonly cluster?: ClusterConfig;
  readonly credentials: readonly Credential[];
  /** Names, within the Gateway, of the listeners it attaches to. */
  readonly listeners: ReadonlySet<string>;
  readonly status: RouteStatus;
}

/** Whom a route may attach to: what it reads of the Gateway and of its listeners. */
interface Parent {
  readonly gateway: KubeObject;
  readonly controllerName: string;
  readonly listeners: readonly Pick<ResolvedListener, 'name' | 'port' | 'allowed' | 'supportedKinds'>[];
}

/** All routes that name the Gateway, by kind, each kind's sorted by namespace and name. */
export function resolveRoutes(
  resolution: Resolution,
  { gateway, controllerName }: ChosenGateway,
  resolved: readonly ResolvedListener[],
  kinds: readonly RouteObjectKind[],
): readonly ResolvedRoute[] {
  const listeners = resolution.settle(
    'listeners',
    resolved.map(({ name, port, allowed, supportedKinds }) => ({ name, port, allowed, supportedKinds })),
  );
  const parent: Parent = { gateway, controllerName, listeners };
  return kinds.flatMap(kind =>
    resolution.objects
      .list(kind)
      .flatMap(
        route =>
          resolution.remember(route, [gateway.id, controllerName, listeners], () =>
            resolveRoute(resolution, parent, kind, route),
          ) ?? [],
      ),
  );
}

function isRefTo(gateway: KubeObject, route: KubeObject, ref: Field): boolean {
  return (
    isGatewayRef(ref) &&
    ref.get('name').string() === gateway.name &&
    ref.get('namespace').string(route.namespace) === gateway.namespace
  );
}

/** Undefined if the route does not name the Gateway. */
function resolveRoute(
  resolution: Resolution,
  parent: Parent,
  kind: RouteObjectKind,
  route: KubeObject,
): ResolvedRoute | undefined {
  const { gateway, controllerName } = parent;
  const parentRefs = resolution.fields(route).get('spec').get('parentRefs').items() ?? [];
  const refs = parentRefs.filter(ref => isRefTo(gateway, route, ref));
  if (refs.length === 0) return undefined;
  const backends = resolveBackends(resolution, route);
  const attachments = refs.map(ref => {
    const attachment = attach(resolution, parent, kind, route, ref);
    if (attachment.accepted.status === 'False') ref.tell(attachment.accepted.message);
    return attachment;
  });
  const attached = new Set(attachments.flatMap(attachment => attachment.listeners));
  const owner = attached.size === 0 ? NOBODY : ownerOf(resolution, route);
  const resolvedRefs = resolvedRefsCondition(backends, owner);
  const parents = attachments.map(({ parentRef, accepted }): RouteParentStatus => {
    return { parentRef, controllerName, conditions: [accepted, resolvedRefs] };
  });
  const status: RouteStatus = {
    kind,
    namespace: route.namespace,
    name: route.name,
    ...generationOf(resolution.fields(route)),
    parents,
  };
  if (owner.reference === undefined) return { credentials: [], listeners: attached, status };
  const cluster: ClusterConfig = {
    name: route.id,
    namespace: route.namespace,
    ...owner.reference,
    protocol: 'udp',
    peers: backends.peers,
  };
  return { cluster, credentials: owner.credentials, listeners: attached, status };
}

interface Attachment {
  readonly parentRef: ParentRef;
  readonly accepted: Condition;
  readonly listeners: readonly string[];
}

/** The listeners that a parent reference means and that admit the route's kind and namespace. */
function attach(
  resolution: Resolution,
  { gateway, listeners }: Parent,
  kind: RouteObjectKind,
  route: KubeObject,
  ref: Field,
): Attachment {
  const section = ref.get('sectionName');
  const sectionName = section.string('');
  const port = ref.get('port').integer(1, 65535, 0);
  const parentRef: ParentRef = {
    group: GATEWAY_GROUP,
    kind: 'Gateway',
    namespace: gateway.namespace,
    name: gateway.name,
    ...(sectionName ? { sectionName } : {}),
    ...(port ? { port } : {}),
  };
  if (isMasked(resolution, kind, route)) {
    const message = `UDPRoute ${route.id} of group ${KINDS.UDPRoute.group} has the same name and counts in its place`;
    return { parentRef, accepted: isFalse('Accepted', 'Pending', message), listeners: [] };
  }
  const meant = listeners.filter(
    listener => (sectionName === '' || listener.name === sectionName) && (port === 0 || listener.port === port),
  );
  if (meant.length === 0) {
    const accepted = isFalse('Accepted', 'NoMatchingParent', `no listener of Gateway ${gateway.id} matches`);
    return { parentRef, accepted, listeners: [] };
  }
  const ofKind = meant.filter(({ supportedKinds }) => supportedKinds.some(each => isSameKind(each, routeKindOf(kind))));
  const admitting = ofKind
    .filter(({ allowed }) => admits(resolution, allowed, route.namespace))
    .map(({ name }) => name);
  if (admitting.length > 0) return { parentRef, accepted: isTrue('Accepted'), listeners: admitting };
  const what = ofKind.length > 0 ? `routes of namespace ${route.namespace}` : kind;
  const message = `listeners of Gateway ${gateway.id} admit no ${what}`;
  return { parentRef, accepted: isFalse('Accepted', 'NotAllowedByListeners', message), listeners: [] };
}

/** A route of Gateway API's own kind gives way to STUNner's of the same name, as under its operator. */
function isMasked(resolution: Resolution, kind: RouteObjectKind, { namespace, name }: KubeObject): boolean {
  return kind !== 'UDPRoute' && resolution.objects.get('UDPRoute', namespace, name) !== undefined;
}

/** A credential that leads nowhere comes first: it closes the whole route. */
function resolvedRefsCondition({ failures }: ResolvedBackends, { failure }: Owner): Condition {
  const all = failure === undefined ? failures : [{ reason: 'InvalidCredentialRef', message: failure }, ...failures];
  const [first] = all;
  if (first === undefined) return isTrue('ResolvedRefs');
  return isFalse('ResolvedRefs', first.reason, all.map(({ message }) => message).join('; '));
}

interface Owner {
  /** Absent if nobody can ever reach the route as it is. */
  readonly reference?: Pick<ClusterConfig, 'credential'>;
  readonly credentials: readonly Credential[];
  /** Why nobody reaches the route. */
  readonly failure?: string;
}

const NOBODY: Owner = { credentials: [] };

/**
 * Whose clients reach the route. A route that names a credential is never the gateway's: if the Secret is missing or
 * unusable, nobody reaches it.
 */
function ownerOf(resolution: Resolution, route: KubeObject): Owner {
  const annotation = resolution.fields(route).get('metadata').get('annotations').get(AUTH_REF_ANNOTATION);
  if (annotation.isAbsent) return { reference: {}, credentials: [] };
  const name = annotation.string();
  if (name === undefined || !isObjectName(name)) {
    const failure = `not the name of a Secret (got ${quote(name ?? '')}): a Secret in ${route.namespace}; the route is left out`;
    annotation.tell(failure);
    return { credentials: [], failure };
  }
  const reference = { credential: `${route.namespace}/${name}` };
  const secret = resolution.objects.get('Secret', route.namespace, name);
  const credentials = secret && routeCredentials(resolution, secret);
  if (credentials !== undefined) return { reference, credentials };
  const failure =
    secret === undefined
      ? `Secret ${reference.credential} is missing: nobody reaches the route until it exists`
      : `Secret ${reference.credential} holds no credential: nobody reaches the route until it does`;
  annotation.tell(failure);
  return { reference, credentials: [], failure };
}
