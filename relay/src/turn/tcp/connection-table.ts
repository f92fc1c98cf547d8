import type { Endpoint } from '../../net/endpoint';
import type { RelayedTransport } from '../relayed-transport';
import type { ReplyTo } from '../reply';
import { TimerWheel } from '../timer-wheel';
import type { Traffic } from '../traffic';
import { DataConnection } from './data-connection';

/** How long a peer may take to answer, and a client to bind (RFC 6062 5.2, 5.3). */
export const CONNECTION_TIMEOUT_MS = 30_000;

/** Data connections by CONNECTION-ID, each filed with its allocation too. */
export class ConnectionTable {
  private readonly byId = new Map<number, DataConnection>();
  private readonly wheel: TimerWheel<DataConnection>;

  constructor(
    now: number,
    private readonly random: (length: number) => Uint8Array,
    onTimeout: (connection: DataConnection) => void,
  ) {
    this.wheel = new TimerWheel(now, onTimeout);
  }

  get size(): number {
    return this.byId.size;
  }

  find(id: number): DataConnection | undefined {
    return this.byId.get(id);
  }

  /** @param request the Connect request that it answers, if it is not a peer's. */
  open(relay: RelayedTransport, peer: Endpoint, route: Traffic, now: number, request?: ReplyTo): DataConnection {
    const connection = new DataConnection(this.freeId(), relay, peer, route, request);
    this.byId.set(connection.id, connection);
    relay.allocation.connections?.add(connection);
    this.startTimeout(connection, now);
    return connection;
  }

  startTimeout(connection: DataConnection, now: number): void {
    connection.expiresAt = now + CONNECTION_TIMEOUT_MS;
    this.wheel.schedule(connection);
  }

  stopTimeout(connection: DataConnection): void {
    this.wheel.cancel(connection);
  }

  /** Times out what has waited for too long. */
  expire(now: number): void {
    this.wheel.advance(now);
  }

  delete(connection: DataConnection): void {
    connection.state = 'closed';
    this.wheel.cancel(connection);
    this.byId.delete(connection.id);
    connection.allocation.connections?.delete(connection);
  }

  /** Unguessable, so that nobody binds what another was told of. */
  private freeId(): number {
    for (;;) {
      const [a, b, c, d] = this.random(4);
      const id = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
      if (!this.byId.has(id)) return id;
    }
  }
}
