import type { ListenerConfig, RelayConfig } from '../config/relay-config';
import type { Traffic } from '../turn/traffic';

export type SocketKind = 'datagram' | 'stream' | 'dtls';

/** What the admin servers may see of a relay. */
export interface RelayView {
  /** The configuration in force, if there is one yet. */
  readonly running: RelayConfig | undefined;
  /** Whether clients are served. */
  readonly ready: boolean;
  readonly draining: boolean;
  readonly allocations: number;
  /** What clients may take at most, by what it is; what is unlimited is not among them. */
  limitsInForce(): Iterable<readonly [string, number]>;
  /** By listener name, and by route name. */
  listenerTraffic(): Iterable<readonly [string, Traffic]>;
  routeTraffic(): Iterable<readonly [string, Traffic]>;
  /** Stream connections of a listener at the moment, and all it has had; a listener for datagrams has its sockets. */
  connections(listener: ListenerConfig): { readonly current: number; readonly total: number };
  /** Packets that went no further, by reason; peers denied, by reason; credentials refused. */
  drops(): Iterable<readonly [string, number]>;
  /** Requests refused for want of something, by what. */
  refusals(): Iterable<readonly [string, number]>;
  denials(): Iterable<readonly [string, number]>;
  readonly authenticationFailures: number;
  /** Which datagram implementation runs. */
  readonly datagramIo: string;
  /** DTLS sessions at the moment, and how many of them are still in their handshake. */
  readonly dtlsSessions: { readonly current: number; readonly handshakes: number };
  /** What has gone wrong with sockets, by their kind and by reason: datagrams lost, clients turned away, system errors. */
  socketProblems(): Record<SocketKind, Iterable<readonly [string, number]>>;
}
