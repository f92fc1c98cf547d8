import { type AllowedNamespaces, readAllowedNamespaces } from './allowed-routes';
import { quote, type Field } from './field';
import type { KubeObject } from './objects';
import { layer4, needsCertificate, PROTOCOLS, transportOf } from './protocol';
import type { PublicAddresses } from './public-address';
import type { ListenerConfig } from './relay-config';
import { resolveCertificate } from './resolve-certificate';
import type { Resolution } from './resolution';
import { routeKinds, type RouteKinds, type RouteObjectKind } from './route-kinds';
import { isFalse, isTrue, type Condition, type RouteKind } from './status';

/** A listener of the Gateway: what to run of it, who may attach, and what its status says. Plain data. */
export interface ResolvedListener {
  /** Name within the Gateway: what a route's `sectionName` means. */
  readonly name: string;
  /** Port in the Gateway, which a route's `parentRef.port` means; the one bound may be another. */
  readonly port: number;
  /** Absent if the listener cannot run. */
  readonly config?: Omit<ListenerConfig, 'routes'>;
  readonly conditions: readonly Condition[];
  /** What may attach to it, of the kinds that a relay knows. */
  readonly supportedKinds: readonly RouteKind[];
  readonly allowed: AllowedNamespaces;
}

export interface ListenerSurroundings {
  readonly relayAddress: string;
  readonly publicAddresses: PublicAddresses;
  readonly targetPorts: ReadonlyMap<string, number>;
  /** Kinds of route that are served. */
  readonly routeKinds: readonly RouteObjectKind[];
}

/** The Gateway's listeners in its order: of two that want the same socket, the first gets it. */
export function resolveListeners(
  resolution: Resolution,
  gateway: KubeObject,
  surroundings: ListenerSurroundings,
): readonly ResolvedListener[] {
  const listeners: ResolvedListener[] = [];
  const taken = new Set<string>();
  const root = resolution.fields(gateway);
  for (const field of root.get('spec').get('listeners').items() ?? []) {
    const name = field.get('name').required();
    if (name === undefined) continue;
    if (listeners.some(listener => listener.name === name)) {
      field.get('name').tell(`given twice (got ${quote(name)}): names are unique; rename one, it is left out`);
      continue;
    }
    const reader = new ListenerReader(resolution, gateway, field, name, surroundings);
    listeners.push(reader.read(taken));
  }
  for (const name of surroundings.targetPorts.keys()) {
    if (listeners.some(listener => listener.name === name)) continue;
    root
      .get('metadata')
      .get('annotations')
      .tell(`target port for an unknown listener (got ${quote(name)}): a listener's name`);
  }
  return listeners;
}

class ListenerReader {
  constructor(
    private readonly resolution: Resolution,
    private readonly gateway: KubeObject,
    private readonly field: Field,
    private readonly name: string,
    private readonly surroundings: ListenerSurroundings,
    private readonly kinds: RouteKinds = routeKinds(field.get('allowedRoutes'), surroundings.routeKinds),
  ) {}

  read(taken: Set<string>): ResolvedListener {
    const { field, name } = this;
    const port = field.get('port').integer(1, 65535);
    if (field.get('port').isAbsent) field.get('port').tell('missing: 1 to 65535');
    const protocol = field.get('protocol').required();
    const transport = protocol === undefined ? undefined : transportOf(protocol);
    if (transport === undefined) {
      const message = `unknown protocol (got ${quote(protocol ?? '')}): ${PROTOCOLS}`;
      field.get('protocol').tell(`${message}; the listener is left out`);
      const conditions = [isFalse('Accepted', 'UnsupportedProtocol', message), NO_CONFLICTS, isTrue('ResolvedRefs')];
      return { name, port: port ?? 0, conditions, supportedKinds: [], allowed: 'none' };
    }
    if (port === undefined) return this.leftOut(0, isFalse('Accepted', 'PortUnavailable', 'no valid port'));

    const bound = this.surroundings.targetPorts.get(name) ?? port;
    const sockets = [`port ${layer4(transport)}:${port}`, `target port ${layer4(transport)}:${bound}`];
    const conflict = sockets.find(socket => taken.has(socket));
    if (conflict !== undefined) {
      const message = `taken by a listener before it (got ${conflict}): a free port; the listener is left out`;
      field.get('port').tell(message);
      return this.leftOut(
        port,
        isFalse('Accepted', 'PortUnavailable', message),
        isTrue('Conflicted', 'ProtocolConflict', message),
      );
    }
    for (const socket of sockets) taken.add(socket);

    const certificate = needsCertificate(transport)
      ? resolveCertificate(this.resolution, this.gateway, field.get('tls'))
      : undefined;
    const { relayAddress, publicAddresses } = this.surroundings;
    const publicAddress = publicAddresses.of(transport);
    return {
      name,
      port,
      config: {
        name: `${this.gateway.id}/${name}`,
        transport,
        port: bound,
        address: relayAddress,
        ...(publicAddress === undefined ? {} : { publicAddress: publicAddress.value, publicPort: port }),
        ...(certificate?.certificate && { certificate: certificate.certificate }),
      },
      conditions: [
        isTrue('Accepted'),
        NO_CONFLICTS,
        certificate?.reason !== undefined
          ? isFalse('ResolvedRefs', certificate.reason, certificate.message)
          : this.kinds.condition,
      ],
      ...this.admission(),
    };
  }

  /** Who may attach, which does not depend on whether the listener can run (Gateway API, attachedRoutes). */
  private admission(): Pick<ResolvedListener, 'supportedKinds' | 'allowed'> {
    const { supported } = this.kinds;
    const allowed = readAllowedNamespaces(this.field.get('allowedRoutes'), this.gateway.namespace);
    return { supportedKinds: supported, allowed: supported.length > 0 ? allowed : 'none' };
  }

  private leftOut(port: number, accepted: Condition, conflicted: Condition = NO_CONFLICTS): ResolvedListener {
    return { name: this.name, port, conditions: [accepted, conflicted, this.kinds.condition], ...this.admission() };
  }
}

const NO_CONFLICTS = isFalse('Conflicted', 'NoConflicts', '');
