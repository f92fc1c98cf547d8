import type { Identity } from '../auth/credential';
import type { Endpoint } from '../net/endpoint';
import type { Channel } from './channel';
import type { Flow } from './flow';
import type { Permission } from './permission';
import type { RelayedTransport } from './relayed-transport';
import type { Expirable } from './timer-wheel';
import type { Traffic } from './traffic';

/** `opening`: relay sockets are being bound, the Allocate request is not answered yet. */
export type AllocationState = 'opening' | 'active' | 'deleted';

/** What one client has on the server (RFC 8656 2): a relayed transport address, permissions, channels, a lifetime. */
export class Allocation implements Expirable {
  state: AllocationState = 'opening';
  expiresAt = 0;
  timerSlot = -1;
  /** At most one for each address family. */
  readonly relays: RelayedTransport[] = [];
  readonly permissions = new Set<Permission>();
  readonly channels = new Map<number, Channel>();

  constructor(
    /** Unique while the server runs; the tag of this allocation's entries in shared tables. */
    readonly id: number,
    readonly flow: Flow,
    readonly identity: Identity,
    /** The request that made it: a retransmission gets the same answer (RFC 8656 7.2). */
    readonly request: CreatingRequest,
    readonly traffic: Traffic,
  ) {}

  /** The relayed transport address that speaks the peer's address family (RFC 8656 13: families never mix). */
  relayFor(peer: Endpoint): RelayedTransport | undefined {
    const family = peer.family;
    return this.relays.find(relay => relay.family === family);
  }
}

/** What is kept of an Allocate request to answer it once its socket is bound, and again if it is retransmitted. */
export interface CreatingRequest {
  readonly transactionId: Uint8Array;
  readonly key: Uint8Array;
  readonly fingerprint: boolean;
  /** Milliseconds granted. */
  readonly lifetime: number;
}
