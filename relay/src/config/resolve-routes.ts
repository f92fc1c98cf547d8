import { AUTH_REF_ANNOTATION } from '../contract';
import type { Credential } from '../auth/credential';
import { quote, type Field } from './field';
import { GATEWAY_GROUP, isObjectName, type KubeObject } from './objects';
import type { ClusterConfig } from './relay-config';
import { resolveBackends, type ResolvedBackends } from './resolve-backends';
import { routeCredentials } from './resolve-credentials';
import type { ChosenGateway } from './resolve-gateway';
import type { ResolvedListener } from './resolve-listeners';
import { generationOf, isGatewayRef, type Resolution } from './resolution';
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

/** All routes that name the Gateway, sorted by namespace and name. */
export function resolveRoutes(
  resolution: Resolution,
  chosen: ChosenGateway,
  listeners: readonly ResolvedListener[],
): readonly ResolvedRoute[] {
  return resolution.objects.list('UDPRoute').flatMap(route => {
    const fields = resolution.fields(route);
    const refs = (fields.get('spec').get('parentRefs').items() ?? []).filter(ref =>
      isRefTo(chosen.gateway, route, ref),
    );
    return refs.length === 0 ? [] : [resolveRoute(resolution, chosen, route, refs, listeners)];
  });
}

function isRefTo(gateway: KubeObject, route: KubeObject, ref: Field): boolean {
  return (
    isGatewayRef(ref) &&
    ref.get('name').string() === gateway.name &&
    ref.get('namespace').string(route.namespace) === gateway.namespace
  );
}

function resolveRoute(
  resolution: Resolution,
  { gateway, controllerName }: ChosenGateway,
  route: KubeObject,
  refs: readonly Field[],
  listeners: readonly ResolvedListener[],
): ResolvedRoute {
  const backends = resolveBackends(resolution, route);
  const resolvedRefs = resolvedRefsCondition(backends);
  const attached = new Set<string>();
  const parents = refs.map((ref): RouteParentStatus => {
    const attachment = attach(gateway, route, ref, listeners);
    for (const name of attachment.listeners) attached.add(name);
    if (attachment.accepted.status === 'False') ref.tell(attachment.accepted.message);
    return { parentRef: attachment.parentRef, controllerName, conditions: [attachment.accepted, resolvedRefs] };
  });
  const status: RouteStatus = {
    namespace: route.namespace,
    name: route.name,
    ...generationOf(resolution.fields(route)),
    parents,
  };
  const owner = attached.size === 0 ? undefined : ownerOf(resolution, route);
  if (owner === undefined) return { credentials: [], listeners: attached, status };
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

/** The listeners that a parent reference means and that admit the route's namespace. */
function attach(
  gateway: KubeObject,
  route: KubeObject,
  ref: Field,
  listeners: readonly ResolvedListener[],
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
  const meant = listeners.filter(
    listener =>
      listener.config !== undefined &&
      (sectionName === '' || listener.name === sectionName) &&
      (port === 0 || listener.port === port),
  );
  if (meant.length === 0) {
    const accepted = isFalse('Accepted', 'NoMatchingParent', `no listener of Gateway ${gateway.id} that runs matches`);
    return { parentRef, accepted, listeners: [] };
  }
  const admitting = meant.filter(listener => listener.allows(route.namespace)).map(listener => listener.name);
  if (admitting.length > 0) return { parentRef, accepted: isTrue('Accepted'), listeners: admitting };
  const message = `allowedRoutes of Gateway ${gateway.id} admit no routes of namespace ${route.namespace}`;
  return { parentRef, accepted: isFalse('Accepted', 'NotAllowedByListeners', message), listeners: [] };
}

function resolvedRefsCondition({ failures }: ResolvedBackends): Condition {
  const [first] = failures;
  if (first === undefined) return isTrue('ResolvedRefs');
  return isFalse('ResolvedRefs', first.reason, failures.map(failure => failure.message).join('; '));
}

interface Owner {
  readonly reference: Pick<ClusterConfig, 'credential'>;
  readonly credentials: readonly Credential[];
}

/**
 * Whose clients reach the route. A route that names a credential is never the gateway's: if the Secret is missing or
 * unusable, nobody reaches it. Undefined if what it names is no Secret's name at all.
 */
function ownerOf(resolution: Resolution, route: KubeObject): Owner | undefined {
  const annotation = resolution.fields(route).get('metadata').get('annotations').get(AUTH_REF_ANNOTATION);
  if (annotation.isAbsent) return { reference: {}, credentials: [] };
  const name = annotation.string();
  if (name === undefined || !isObjectName(name)) {
    annotation.tell(
      `not the name of a Secret (got ${quote(name ?? '')}): a Secret in ${route.namespace}; the route is left out`,
    );
    return undefined;
  }
  const reference = { credential: `${route.namespace}/${name}` };
  const secret = resolution.objects.get('Secret', route.namespace, name);
  if (secret === undefined)
    annotation.tell(`Secret ${reference.credential} is missing: nobody reaches the route until it exists`);
  const credentials = secret === undefined ? undefined : routeCredentials(resolution, secret);
  if (secret !== undefined && credentials === undefined) {
    annotation.tell(`Secret ${reference.credential} holds no credential: nobody reaches the route until it does`);
  }
  return { reference, credentials: credentials ?? [] };
}
