import type { Endpoint } from '../../net/endpoint';
import type { Allocation } from '../allocation';
import type { RelayedTransport } from '../relayed-transport';
import type { ReplyTo } from '../reply';
import type { Expirable } from '../timer-wheel';
import type { Traffic } from '../traffic';

/**
 * `connecting`: a Connect request waits for its answer. `waiting`: the peer data connection stands, the client's is to
 * come. `bound`: both stand, and bytes pass.
 */
export type DataConnectionState = 'connecting' | 'waiting' | 'bound' | 'closed';

/** A peer data connection and the client data connection that goes with it (RFC 6062 3). */
export class DataConnection implements Expirable {
  state: DataConnectionState;
  expiresAt = 0;
  timerSlot = -1;

  constructor(
    /** CONNECTION-ID: 32 random bits, unique while the connection lives. */
    readonly id: number,
    readonly relay: RelayedTransport,
    readonly peer: Endpoint,
    /** Counters of the route that opens the peer. */
    private readonly route: Traffic,
    /** The Connect request that asked for it; undefined if the peer came by itself. */
    readonly request?: ReplyTo,
  ) {
    this.state = request === undefined ? 'waiting' : 'connecting';
  }

  get allocation(): Allocation {
    return this.relay.allocation;
  }

  /** Bytes pass from the client to the peer. @returns milliseconds that they have to wait for. */
  carryToPeer(bytes: number, now: number): number {
    const { traffic, toPeers } = this.allocation;
    traffic.received(bytes);
    this.route.sent(bytes);
    return toPeers?.delay(bytes, now) ?? 0;
  }

  /** Bytes pass from the peer to the client. @returns milliseconds that they have to wait for. */
  carryToClient(bytes: number, now: number): number {
    const { traffic, toClient } = this.allocation;
    this.route.received(bytes);
    traffic.sent(bytes);
    return toClient?.delay(bytes, now) ?? 0;
  }
}
