import { GATEWAY_API_ROUTE, KINDS, type Kind } from '../objects';

/** What is read of the API server in one list and one watch. */
export interface Resource {
  readonly kind: Kind;
  readonly plural: string;
  /** Served versions in which the fields that are read are the same, best first. */
  readonly versions: readonly string[];
  /** Only objects of this namespace. */
  readonly namespace?: string;
  /** Only the object of this name. */
  readonly name?: string;
}

/** Everything but Secrets, which are read one by one. */
const READ: readonly Resource[] = [
  { kind: 'GatewayClass', plural: 'gatewayclasses', versions: ['v1'] },
  { kind: 'Gateway', plural: 'gateways', versions: ['v1'] },
  { kind: 'ReferenceGrant', plural: 'referencegrants', versions: ['v1', 'v1beta1'] },
  { kind: 'GatewayConfig', plural: 'gatewayconfigs', versions: ['v1'] },
  { kind: 'UDPRoute', plural: 'udproutes', versions: ['v1'] },
  { kind: 'StaticService', plural: 'staticservices', versions: ['v1'] },
  { kind: 'Service', plural: 'services', versions: ['v1'] },
  { kind: 'Namespace', plural: 'namespaces', versions: ['v1'] },
  { kind: 'EndpointSlice', plural: 'endpointslices', versions: ['v1'] },
];

/** Where it is asked for: v1 from Gateway API 1.6 on, and its experimental channel had v1alpha2 before. */
const GATEWAY_API_ROUTES: Resource = { kind: GATEWAY_API_ROUTE, plural: 'udproutes', versions: ['v1', 'v1alpha2'] };

/**
 * @param namespace the only one to look at. @default all
 * @param gatewayApiRoutes Gateway API's own UDPRoute, too. @default false
 */
export function resources(namespace?: string, gatewayApiRoutes = false): readonly Resource[] {
  const read = gatewayApiRoutes ? [...READ, GATEWAY_API_ROUTES] : READ;
  return read.map(resource => (KINDS[resource.kind].namespaced ? { ...resource, namespace } : resource));
}

/** One Secret, given as `<namespace>/<name>`: rights are given by name, and so it is asked for. */
export function secretResource(id: string): Resource {
  const [namespace, name] = id.split('/');
  return { kind: 'Secret', plural: 'secrets', versions: ['v1'], namespace, name };
}

export function apiVersionOf({ kind }: Resource, version: string): string {
  const { group } = KINDS[kind];
  return group === '' ? version : `${group}/${version}`;
}

/** Path of the list. */
export function pathOf(resource: Resource, version: string): string {
  const root = KINDS[resource.kind].group === '' ? '/api' : '/apis';
  const within = resource.namespace === undefined ? '' : `/namespaces/${resource.namespace}`;
  return `${root}/${apiVersionOf(resource, version)}${within}/${resource.plural}`;
}

/** What a Role must hold for it. */
export function neededRule({ kind, plural, namespace, name }: Resource): string {
  const rule = { apiGroups: [KINDS[kind].group], resources: [plural], ...(name && { resourceNames: [name] }) };
  const role = namespace === undefined ? 'ClusterRole' : `Role in namespace ${namespace}`;
  return `a ${role} with the rule ${JSON.stringify({ ...rule, verbs: ['list', 'watch'] })}`;
}
