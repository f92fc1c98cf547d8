import { isIP } from 'node:net';
import { quote, type Field } from './field';
import { SERVICE_LABEL, UNREADABLE } from './object-index';
import { GATEWAY_API_ROUTE, type KubeObject } from './objects';
import { ALL_PORTS, parsePeerRange, sortedPeers } from './peer-range';
import type { PeerRange } from './relay-config';
import { kindOfRef, type Resolution, type Target } from './resolution';

/** Why a backend is left out, in the words of a route's ResolvedRefs condition. */
export interface BackendFailure {
  readonly reason: 'BackendNotFound' | 'InvalidKind' | 'RefNotPermitted';
  readonly message: string;
}

export interface ResolvedBackends {
  readonly peers: readonly PeerRange[];
  /** In the route's order; the other backends count all the same. */
  readonly failures: readonly BackendFailure[];
}

type Ports = Pick<PeerRange, 'minPort' | 'maxPort'>;
type BackendResult = readonly PeerRange[] | BackendFailure;

/** The peers of all backends of a route's first rule; further rules have no meaning in an allow-list. */
export function resolveBackends(resolution: Resolution, route: KubeObject): ResolvedBackends {
  const rules = resolution.fields(route).get('spec').get('rules');
  const [rule, ...more] = rules.items() ?? [];
  if (rule === undefined) rules.tell('no rule: one with backendRefs');
  if (more.length > 0) rules.tell(`too many (got ${more.length + 1}): one rule; its successors are ignored`);
  const peers: PeerRange[] = [];
  const failures: BackendFailure[] = [];
  for (const ref of rule?.get('backendRefs').items() ?? []) {
    const result = resolveBackend(resolution, route, ref);
    if ('reason' in result) {
      failures.push(result);
      ref.tell(`${result.message}; the backend is left out`);
    } else {
      peers.push(...result);
    }
  }
  return { peers: sortedPeers(peers), failures };
}

function resolveBackend(resolution: Resolution, route: KubeObject, ref: Field): BackendResult {
  const kind = kindOfRef(ref, 'Service', ['Service', 'StaticService']);
  if (kind === undefined) {
    const message = 'refers to another kind: Service of group "", or StaticService of group stunner.l7mp.io';
    return { reason: 'InvalidKind', message };
  }
  const notFound = (message: string): BackendFailure => ({ reason: 'BackendNotFound', message });
  const name = ref.get('name').required();
  const namespace = ref.get('namespace').string(route.namespace);
  if (name === undefined || namespace === undefined) return notFound('names no object');
  // A port there is a Service's, and has to be given: it opens all ports, as under STUNner's operator.
  const ports = route.kind === GATEWAY_API_ROUTE ? null : readPorts(ref);
  if (ports === undefined) return notFound('has no valid ports');

  const target: Target = { kind, namespace, name };
  if (!resolution.permits(route, target)) {
    return { reason: 'RefNotPermitted', message: resolution.refusal(route, target) };
  }
  const backend = resolution.objects.get(kind, namespace, name);
  if (backend === undefined) return notFound(`${kind} ${quote(`${namespace}/${name}`)} is missing`);
  if (kind === 'StaticService') return staticPeers(resolution, backend, ports);
  return servicePeers(resolution, backend, ports ?? ALL_PORTS);
}

/** `port` and `endPort`; null if all ports are meant, undefined if they are wrong. */
function readPorts(ref: Field): Ports | null | undefined {
  const [first, last] = [ref.get('port'), ref.get('endPort')];
  const minPort = first.integer(1, 65535, 0);
  const maxPort = last.integer(1, 65535, minPort);
  if (minPort === undefined || maxPort === undefined) return undefined;
  if (minPort === 0) {
    if (last.isAbsent) return null;
    // Taken as all ports it would open more than its author wrote.
    last.tell('stands without port: port to endPort');
    return undefined;
  }
  if (minPort <= maxPort) return { minPort, maxPort };
  last.tell(`before port (got ${minPort} to ${maxPort}): no less than port`);
  return undefined;
}

/**
 * Pod addresses from every EndpointSlice of the Service, and its cluster addresses. Pods that are not ready or are
 * terminating count: a session that runs there must not lose its peer.
 */
function servicePeers(resolution: Resolution, service: KubeObject, ports: Ports): readonly PeerRange[] {
  const addresses = [
    ...endpointAddresses(resolution, service),
    ...clusterAddresses(resolution.fields(service).get('spec')),
  ];
  if (addresses.length === 0) {
    const message = 'has no addresses yet: an EndpointSlice or clusterIP; routes to it open nothing until then';
    resolution.problems.add(service.problem('spec', message));
  }
  return addresses.map(prefix => ({ prefix, ...ports }));
}

function endpointAddresses(resolution: Resolution, service: KubeObject): readonly string[] {
  const { objects } = resolution;
  const unreadable = objects.slices(service.namespace, UNREADABLE);
  for (const slice of unreadable) resolution.fields(slice).get('metadata').get('labels').get(SERVICE_LABEL).string();
  return objects
    .slices(service.namespace, service.name)
    .flatMap(slice =>
      resolution.remember(slice, [], () =>
        (resolution.fields(slice).get('endpoints').items() ?? []).flatMap(endpoint =>
          (endpoint.get('addresses').items() ?? []).flatMap(readAddress),
        ),
      ),
    );
}

function clusterAddresses(spec: Field): readonly string[] {
  return [spec.get('clusterIP'), ...(spec.get('clusterIPs').items() ?? [])].flatMap(field =>
    ['', 'None'].includes(field.string('') ?? '') ? [] : readAddress(field),
  );
}

/** One address, never a prefix: no Service may open more than its own. */
function readAddress(field: Field): readonly string[] {
  const text = field.required();
  if (text === undefined) return [];
  if (isIP(text) !== 0 && !text.includes('%')) return [text];
  field.tell(`not an address (got ${quote(text)}): an IPv4 or IPv6 address; it is left out`);
  return [];
}

function staticPeers(resolution: Resolution, service: KubeObject, ports: Ports | null): readonly PeerRange[] {
  const prefixes = resolution.fields(service).get('spec').get('prefixes').items() ?? [];
  return prefixes.flatMap(prefix => {
    const text = prefix.required();
    if (text === undefined) return [];
    try {
      const parsed = parsePeerRange(text);
      if (parsed.warning !== undefined) prefix.tell(parsed.warning);
      if (ports === null) return [parsed.range];
      if (!parsed.ports) return [{ ...parsed.range, ...ports }];
      prefix.tell(`ports given twice (got ${quote(text)} and the backendRef's): in one of the two; it is left out`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      prefix.tell(`${error.message}; it is left out`);
    }
    return [];
  });
}
