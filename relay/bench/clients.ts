import type { Endpoint } from '../src/net/endpoint';
import type { Exchange } from './turn-session';

/** What carries the clients' side of the traffic. */
export interface Clients {
  /** Connects the next client. @returns how it sends requests */
  open(): Promise<Exchange>;
  /** Sends what lies in the arena. */
  send(client: number, offset: number, length: number): void;
  flush(): void;
  /** Receives what has come, clients' and peer's, after waiting so long for it at most. */
  poll(timeoutMs: number): void | Promise<void>;
}

/** Told of what has come to the peer: where from, and where in the arena it lies. */
export type OnPeerData = (source: Endpoint, offset: number, length: number) => void;

/** Told of a ChannelData message or an indication for a client; the source only where a datagram has one. */
export type OnClientMessage = (client: number, source: Endpoint | undefined, offset: number, length: number) => void;
