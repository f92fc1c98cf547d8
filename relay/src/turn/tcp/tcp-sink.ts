import type { Flow } from '../flow';
import type { DataConnection } from './data-connection';

/** What the core asks of I/O for TCP towards peers (RFC 6062). Calls never throw. */
export interface TcpSink {
  /**
   * Connect from the relayed transport address to the peer. Answered at once or later by `TcpRelaying.connected` or
   * `failed`, and by neither after `close`. Nothing is read from the peer before `join`.
   */
  connect(connection: DataConnection): void;
  /**
   * The stream of this client carries no more messages, but the bytes of this connection, both ways. What it has brought
   * already behind the message in hand belongs to them.
   */
  join(connection: DataConnection, flow: Flow): void;
  /** The connection is over: close both its ends at once. */
  close(connection: DataConnection): void;
}
