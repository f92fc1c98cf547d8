import type { Scope } from '../auth/credential';
import type { ClusterConfig, ListenerConfig } from '../config/relay-config';
import type { Endpoint } from '../net/endpoint';
import { describeNeverAllowed, neverAllowed } from './address-class';
import { OwnAddresses, portsOf, type OwnAddress } from './own-addresses';
import type { DenialReason, PeerDecision, PeerDenied } from './peer-decision';
import { PortRanges } from './port-ranges';
import { Prefix } from './prefix';
import { describeReach, describeScope, reaches } from './reach';
import { RouteTable, type Opening } from './route-table';

/** What carries data between relay and peer. */
export type PeerTransport = ClusterConfig['protocol'];

export interface PeerPolicyOptions {
  /**
   * The operator's exceptions to the never-allowed ranges. One counts if it is at least as long as the range; the peer
   * still needs a route.
   * @default none
   */
  readonly allowPeers?: readonly Prefix[];
  /** @default none */
  readonly ownAddresses?: OwnAddresses;
  /**
   * Current addresses of the clusters' host names; a name that is not there has none.
   * @default none
   */
  readonly hostAddresses?: ReadonlyMap<string, readonly Endpoint[]>;
}

/**
 * Who the clients of one listener may talk to: default deny, and a route opens.
 *
 * Immutable: a changed configuration or host name means a new policy, and asking again for what was allowed before.
 */
export class PeerPolicy {
  private constructor(
    private readonly listener: string,
    /** Of the routes, each once. */
    private readonly transports: ReadonlySet<PeerTransport>,
    private readonly openings: Openings,
    private readonly tables: Readonly<Record<PeerTransport, RouteTable>>,
    private readonly allowPeers: readonly Prefix[],
    private readonly ownAddresses: OwnAddresses,
  ) {}

  /**
   * @param clusters may hold clusters the listener does not route, and lack some that it does: those open nothing.
   * @param before a policy of the same listener; what it has of the same clusters is taken over.
   * @throws RangeError naming the cluster if one of its peers is not a valid prefix or port range.
   */
  static compile(
    listener: Pick<ListenerConfig, 'name' | 'routes'>,
    clusters: readonly ClusterConfig[],
    { allowPeers = [], ownAddresses = OwnAddresses.NONE, hostAddresses = new Map() }: PeerPolicyOptions = {},
    before?: PeerPolicy,
  ): PeerPolicy {
    const routes = new Set(listener.routes);
    const routed = clusters.filter(({ name }) => routes.has(name));
    const openings = new Map<object, readonly Opening[]>();
    for (const cluster of routed) {
      openings.set(cluster, before?.openings.get(cluster) ?? openingsOf(cluster));
      // Addresses of host names are made anew each time.
      if (cluster.hostnames !== undefined) openings.set({}, hostOpeningsOf(cluster, hostAddresses));
    }
    const gone = missingIn(openings, before?.openings ?? new Map());
    const come = missingIn(before?.openings ?? new Map(), openings);
    const tableOf = (transport: PeerTransport): RouteTable => {
      const ofTransport = ({ cluster }: Opening): boolean => cluster.protocol === transport;
      return (before?.tables[transport] ?? new RouteTable()).with(gone.filter(ofTransport), come.filter(ofTransport));
    };
    return new PeerPolicy(
      listener.name,
      new Set(routed.map(({ protocol }) => protocol)),
      openings,
      { udp: tableOf('udp'), tcp: tableOf('tcp') },
      allowPeers,
      ownAddresses,
    );
  }

  /** Whether any route is for this transport; it may have no peers at the moment. */
  routes(transport: PeerTransport): boolean {
    return this.transports.has(transport);
  }

  /** Decides by address; the port is ignored, as a permission does (RFC 8656 9). */
  authorizePeer(scope: Scope, peer: Endpoint, transport: PeerTransport = 'udp'): PeerDecision {
    return this.decide(scope, peer, transport);
  }

  /** Decides by address and port, as ChannelBind (RFC 8656 12) and Connect (RFC 6062 5.2) name both. */
  authorizePeerPort(scope: Scope, peer: Endpoint, transport: PeerTransport = 'udp'): PeerDecision {
    return this.decide(scope, peer, transport, peer.port);
  }

  private decide(scope: Scope, peer: Endpoint, transport: PeerTransport, port?: number): PeerDecision {
    const range = neverAllowed(peer);
    if (range !== undefined && !this.isExcepted(peer, range.bits)) {
      return deny('never-allowed-range', `${describeNeverAllowed(peer, range)}; no route may open it`);
    }

    const own = this.ownAddresses.at(peer);
    const closed = own.find(address => address.port === undefined || address.port === port);
    if (closed !== undefined) return denyOwn(peer, closed);

    const openings = this.tables[transport].containing(peer);
    const reached = openings.filter(({ cluster }) => reaches(scope, cluster));
    if (reached.length === 0) return this.denyUnrouted(scope, peer, transport, openings);

    const ports = PortRanges.unionOf(reached.map(opening => opening.ports)).without(portsOf(own));
    if (ports.isEmpty) return denyOwn(peer, own[0]!);
    const routes = namesOf(reached);
    if (port !== undefined && !ports.has(port)) {
      const opened = `${listed(routes)} ports ${ports.toString()}`;
      return deny('port-not-routed', `${peer.toString()} has a port that no route opens; open are ${opened}`);
    }
    return { allowed: true, ports, routes };
  }

  /** Longest prefix wins, and on a tie the exception, for it names the very range. */
  private isExcepted(peer: Endpoint, rangeBits: number): boolean {
    return this.allowPeers.some(prefix => prefix.bits >= rangeBits && prefix.contains(peer));
  }

  private denyUnrouted(scope: Scope, peer: Endpoint, transport: PeerTransport, others: Opening[]): PeerDenied {
    if (this.transports.size === 0) {
      return deny('no-routes-on-listener', `listener ${this.listener} has no routes, so ${peer.address} is in none`);
    }
    const [other] = others;
    if (other !== undefined) {
      return deny(
        'other-tenant',
        `${peer.address} is in ${listed(namesOf(others))}, which ${describeScope(scope)} does not reach; ` +
          `${other.cluster.name} is for ${describeReach(other.cluster)}`,
      );
    }
    const otherTransport = transport === 'udp' ? 'tcp' : 'udp';
    const elsewhere = this.tables[otherTransport].containing(peer).filter(({ cluster }) => reaches(scope, cluster));
    if (elsewhere.length > 0) {
      return deny(
        'other-transport',
        `${peer.address} is in ${listed(namesOf(elsewhere))} for ${otherTransport}, not for ${transport}`,
      );
    }
    const nearest = this.tables[transport].nearest(peer);
    const hint = nearest ? `; nearest is ${describeOpening(nearest)}` : '';
    return deny('no-route', `${peer.address} is in no route of this listener${hint}`);
  }
}

/** What each cluster opens. */
type Openings = ReadonlyMap<object, readonly Opening[]>;

/** Openings of those that are not in the other. */
function missingIn(other: Openings, openings: Openings): readonly Opening[] {
  const missing: Opening[] = [];
  for (const [cluster, each] of openings) {
    if (!other.has(cluster)) for (const opening of each) missing.push(opening);
  }
  return missing;
}

function openingsOf(cluster: ClusterConfig): Opening[] {
  try {
    return cluster.peers.map(({ prefix, minPort, maxPort }) => ({
      cluster,
      prefix: Prefix.parse(prefix),
      ports: PortRanges.of(minPort, maxPort),
    }));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new RangeError(`cluster ${cluster.name}: ${what}`, { cause: error });
  }
}

function hostOpeningsOf(cluster: ClusterConfig, addresses: ReadonlyMap<string, readonly Endpoint[]>): Opening[] {
  return (cluster.hostnames ?? [])
    .flatMap(name => addresses.get(name) ?? [])
    .map(address => ({ cluster, prefix: Prefix.covering(address, 128), ports: PortRanges.ALL }));
}

function describeOpening({ cluster, prefix, ports }: Opening): string {
  return `${cluster.name} ${prefix.toString()} ports ${ports.toString()}`;
}

function namesOf(openings: readonly Opening[]): string[] {
  return [...new Set(openings.map(({ cluster }) => cluster.name))].sort();
}

/** A log line stays short, however many routes overlap. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function denyOwn(peer: Endpoint, { name, port }: OwnAddress): PeerDenied {
  const where = port === undefined ? peer.address : `${peer.address} port ${port}`;
  return deny('own-address', `${where} is ${name}; no route may open it`);
}

function deny(reason: DenialReason, detail: string): PeerDenied {
  return { allowed: false, reason, detail };
}
