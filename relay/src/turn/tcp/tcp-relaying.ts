import type { Endpoint } from '../../net/endpoint';
import { Attribute, ErrorCode, MessageClass, REASON_PHRASES } from '../../stun/constants';
import type { Allocation } from '../allocation';
import { authorizePeerPort } from '../authorize-peer';
import type { TurnContext } from '../context';
import type { RelayedTransport } from '../relayed-transport';
import type { Request } from '../request';
import { handleConnect } from './connect';
import { peerAccepted } from './connection-attempt';
import { handleConnectionBind } from './connection-bind';
import { ConnectionTable } from './connection-table';
import type { DataConnection } from './data-connection';

/** What I/O tells the core of TCP with peers. */
export interface TcpCore {
  /** A peer has connected to a relayed transport address. Undefined: close it at once; else read nothing before `join`. */
  accepted(relay: RelayedTransport, peer: Endpoint, now: number): DataConnection | undefined;
  /** Answers `TcpSink.connect`. */
  connected(connection: DataConnection, now: number): void;
  /** Answers `TcpSink.connect`: the peer cannot be reached. */
  failed(connection: DataConnection): void;
  /** A connection has ended without a `TcpSink.close`: its peer or its client is gone. */
  ended(connection: DataConnection): void;
}

/** TURN for TCP peers (RFC 6062): data connections of all allocations. */
export class TcpRelaying implements TcpCore {
  private readonly table: ConnectionTable;

  constructor(
    private readonly context: TurnContext,
    now: number,
  ) {
    this.table = new ConnectionTable(now, context.random, connection => this.timedOut(connection));
  }

  /** Data connections at the moment, whatever their state. */
  get size(): number {
    return this.table.size;
  }

  handleConnect(request: Request, allocation: Allocation): void {
    handleConnect(this.context, this.table, request, allocation);
  }

  /** Who is at the control connection of what a ConnectionBind request names. */
  controlClient({ message }: Request): Endpoint | undefined {
    const id = message.uint32(Attribute.ConnectionId);
    return id === undefined ? undefined : this.table.find(id)?.allocation.flow.client;
  }

  handleConnectionBind(request: Request): void {
    handleConnectionBind(this.context, this.table, request);
  }

  accepted(relay: RelayedTransport, peer: Endpoint, now: number): DataConnection | undefined {
    return peerAccepted(this.context, this.table, relay, peer, now);
  }

  connected(connection: DataConnection, now: number): void {
    const { state, request, id } = connection;
    if (state !== 'connecting' || request === undefined) return;
    connection.state = 'waiting';
    this.table.startTimeout(connection, now);
    this.context.reply.send(request, MessageClass.Success, writer => writer.uint32(Attribute.ConnectionId, id));
  }

  failed(connection: DataConnection): void {
    const { state, request } = connection;
    this.ended(connection);
    if (state !== 'connecting' || request === undefined) return;
    this.context.reply.send(request, MessageClass.Error, writer =>
      writer.errorCode(ErrorCode.ConnectionTimeoutOrFailure, REASON_PHRASES[447]),
    );
  }

  ended(connection: DataConnection): void {
    if (connection.state !== 'closed') this.table.delete(connection);
  }

  /** Closes what the routes no longer open. */
  reauthorize(allocation: Allocation): void {
    for (const connection of allocation.connections ?? []) {
      const decision = authorizePeerPort(this.context, allocation, connection.peer);
      if (decision.allowed) continue;
      this.context.events.peerDenied(allocation, connection.peer, 'existing connection', decision);
      this.close(connection);
    }
  }

  /** A relayed transport address is over, and its data connections with it (RFC 6062 5.5). */
  end(relay: RelayedTransport): void {
    for (const connection of relay.allocation.connections ?? []) {
      if (connection.relay === relay) this.close(connection);
    }
  }

  tick(now: number): void {
    this.table.expire(now);
  }

  private timedOut(connection: DataConnection): void {
    const { context } = this;
    this.failed(connection);
    context.sink.tcp?.close(connection);
  }

  private close(connection: DataConnection): void {
    this.table.delete(connection);
    this.context.sink.tcp?.close(connection);
  }
}
