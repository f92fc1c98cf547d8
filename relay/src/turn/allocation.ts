import type { Identity } from '../auth/credential';
import type { Endpoint } from '../net/endpoint';
import { sourceOf } from '../net/source';
import type { ErrorCode } from '../stun/constants';
import type { Integrity } from '../stun/integrity';
import type { PeerTransport } from '../peer/peer-policy';
import type { Channel } from './channel';
import type { Flow } from './flow';
import type { Move } from './mobility';
import type { Permission } from './permission';
import type { RelayedTransport } from './relayed-transport';
import type { Throttle } from './throttle';
import type { DataConnection } from './tcp/data-connection';
import type { Expirable } from './timer-wheel';
import type { TokenBucket } from './token-bucket';
import type { Traffic } from './traffic';
import type { Charge } from './usage';

/** `opening`: relay sockets are being bound, the Allocate request is not answered yet. */
export type AllocationState = 'opening' | 'active' | 'deleted';

/** What one client has on the server (RFC 8656 2): a relayed transport address, permissions, channels, a lifetime. */
export class Allocation implements Expirable, Charge {
  // Every packet needs what comes first: members lie in memory in the order of their declaration, and clients are more
  // than the cache holds. (Properties that a constructor's parameters declare would come before all others.)
  state: AllocationState = 'opening';
  /** Changes only when the client moves (RFC 8016). */
  flow: Flow;
  traffic: Traffic;
  /** The channel that its client's data passed by last; it may be unbound by now. */
  recentChannel: Channel | undefined;
  /** Rates of data to peers and to the client; undefined where there is no limit. */
  toPeers: Throttle | undefined;
  toClient: Throttle | undefined;
  /** Unique while the server runs; the tag of this allocation's entries in shared tables. */
  readonly id: number;
  readonly identity: Identity;
  /** The request that made it: a retransmission gets the same answer (RFC 8656 7.2). */
  readonly request: CreatingRequest;
  /** Where the client came from when it made this. */
  readonly source: string;
  /** When the first of its relayed transport addresses ends. */
  expiresAt = 0;
  timerSlot = -1;
  /** At most one for each address family. */
  readonly relays: RelayedTransport[] = [];
  readonly permissions = new Set<Permission>();
  readonly channels = new Map<number, Channel>();
  /** Data connections with TCP peers (RFC 6062); undefined where peers are UDP's. */
  connections: Set<DataConnection> | undefined;
  /** Sockets that I/O has not answered for. */
  unanswered = 0;
  /** Families that were asked for in vain: ADDRESS-ERROR-CODE of the success response (RFC 8656 18.12). */
  readonly refusedFamilies: RefusedFamily[] = [];
  /** RESERVATION-TOKEN of the success response. */
  reservationToken: Uint8Array | undefined;
  /** Valid MOBILITY-TICKETs, the newest last; empty if it cannot move (RFC 8016). */
  readonly tickets: string[] = [];
  /** The 5-tuple that its client is about to move to. */
  move: Move | undefined;
  /** Rate of ICMP errors passed on; undefined until there is one. */
  peerErrors: TokenBucket | undefined;

  constructor(
    id: number,
    flow: Flow,
    identity: Identity,
    request: CreatingRequest,
    traffic: Traffic,
    source = sourceOf(flow.client),
  ) {
    this.flow = flow;
    this.traffic = traffic;
    this.id = id;
    this.identity = identity;
    this.request = request;
    this.source = source;
  }

  /** What its peers are reached by. */
  get peerTransport(): PeerTransport {
    return this.connections === undefined ? 'udp' : 'tcp';
  }

  /** The relayed transport address that speaks the peer's address family (RFC 8656 13: families never mix). */
  relayFor(peer: Endpoint): RelayedTransport | undefined {
    const { family } = peer;
    for (const relay of this.relays) if (relay.family === family) return relay;
    return undefined;
  }
}

export interface RefusedFamily {
  readonly family: 4 | 6;
  readonly code: ErrorCode;
}

/** What is kept of an Allocate request to answer it once its socket is bound, and again if it is retransmitted. */
export interface CreatingRequest {
  readonly transactionId: Uint8Array;
  readonly key: Uint8Array;
  readonly integrity: Integrity;
  readonly fingerprint: boolean;
  /** Milliseconds granted. */
  readonly lifetime: number;
}
