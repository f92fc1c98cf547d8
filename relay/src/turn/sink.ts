import type { Endpoint } from '../net/endpoint';
import type { Flow } from './flow';
import type { RelayedTransport } from './relayed-transport';
import type { SiblingSink } from './siblings/sibling-sink';
import type { TcpSink } from './tcp/tcp-sink';

/** Writable bytes that I/O leaves in front of every datagram it hands in: room for an IPv6 Data indication's header. */
export const HEADROOM = 64;
/** Writable bytes behind every datagram: room for padding to a multiple of four. */
export const TAILROOM = 4;

/**
 * What the core asks of I/O. Calls come out while an input is handled, in order, and never throw.
 *
 * Bytes are valid during the call only: an implementation sends them, or queues the range of its own buffer they came in.
 */
export interface Sink {
  /** TCP towards peers; undefined where I/O has none, and TCP allocations are refused. */
  readonly tcp?: TcpSink;
  /** The cores of other threads; undefined where there is one core only. */
  readonly siblings?: SiblingSink;
  /** One whole message to a client: a STUN message or ChannelData, padded already where the flow is a stream. */
  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void;
  /**
   * One datagram from a relayed transport address to a peer.
   *
   * @param dontFragment set the DF bit (RFC 8656 14); asked for only where `ServerSettings.dontFragment` says I/O can.
   */
  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void;
  /**
   * Bind a relay socket to a port of `relay.ports`, and `relay.next` with it if there is one, both or neither; answered
   * once, at once or later, by `TurnServer.relayOpened` or `relayFailed`.
   */
  openRelay(relay: RelayedTransport): void;
  /**
   * Close a relay socket. A relay whose `openRelay` is still unanswered goes with its `next`; later each goes by itself.
   */
  closeRelay(relay: RelayedTransport): void;
  /** A stream client must go: its listener was removed. */
  closeFlow(flow: Flow): void;
}
