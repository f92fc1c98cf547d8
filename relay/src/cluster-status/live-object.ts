import { GATEWAY_API_ROUTE } from '../config/objects';
import { mapOf, textOf, type JsonMap } from './json';

/** Kinds whose status a relay writes, by the name that the API's paths have for them. */
const RESOURCES = {
  GatewayClass: 'gatewayclasses',
  Gateway: 'gateways',
  UDPRoute: 'udproutes',
  [GATEWAY_API_ROUTE]: 'udproutes',
} as const;

export type StatusKind = keyof typeof RESOURCES;

/** An object as the API server has it, as far as a writer of its status must know it. */
export interface LiveObject {
  /** Of the object, however often it changes; another one of the same name has another. */
  readonly key: string;
  readonly kind: StatusKind;
  readonly apiVersion: string;
  /** Empty for a cluster-scoped kind. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly status: JsonMap;
}

/** Undefined if it has not the marks of an object of the API server, such as one that was read from a file. */
export function liveObject(kind: StatusKind, document: unknown): LiveObject | undefined {
  const { apiVersion, metadata, status } = mapOf(document);
  const { namespace, name, uid, resourceVersion, generation } = mapOf(metadata);
  const [version, id] = [textOf(apiVersion), textOf(name)];
  const [unique, revision] = [textOf(uid), textOf(resourceVersion)];
  if (version === undefined || id === undefined || unique === undefined || revision === undefined) return undefined;
  return {
    key: `${kind} ${unique}`,
    kind,
    apiVersion: version,
    namespace: textOf(namespace) ?? '',
    name: id,
    uid: unique,
    resourceVersion: revision,
    generation: typeof generation === 'number' ? generation : undefined,
    status: mapOf(status),
  };
}

/** Where the API server has the object. */
export function pathOf({ kind, apiVersion, namespace, name }: LiveObject): string {
  const scope = namespace === '' ? '' : `/namespaces/${namespace}`;
  return `/apis/${apiVersion}${scope}/${RESOURCES[kind]}/${name}`;
}

/** `patch gateways/status of gateway.networking.k8s.io`: the right to write the object's status, as a rule of RBAC has it. */
export function rightToWrite({ kind, apiVersion }: LiveObject): string {
  return `patch ${RESOURCES[kind]}/status of ${apiVersion.split('/')[0]}`;
}
