import type { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { TcpCore } from '../turn/tcp/tcp-relaying';
import type { RelayedTransport } from '../turn/relayed-transport';

/** The TURN server as I/O sees it: what comes in goes to these, what goes out comes by the `Sink`. `now` in milliseconds. */
export interface TurnCore {
  /** TCP with peers; undefined in a core that has none (RFC 6062). */
  readonly tcp?: TcpCore;
  /** One datagram, or one framed message of a stream. */
  handleClient(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void;
  /** Whether this 5-tuple has an allocation. */
  serves?(flow: Flow): boolean;
  /** One datagram at a relayed transport address: HEADROOM bytes before it and TAILROOM behind it are writable. */
  handlePeer(
    relay: RelayedTransport,
    source: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    now: number,
  ): void;
  /** An ICMP error of this type and code came for what a relay has sent to a peer; `data` is the rest of its header. */
  handlePeerError?(
    relay: RelayedTransport,
    peer: Endpoint,
    type: number,
    code: number,
    data: number,
    now: number,
  ): void;
  /** `Sink.openRelay` has succeeded: `relay.address` is set. */
  relayOpened(relay: RelayedTransport, now: number): void;
  /** `Sink.openRelay` has failed. */
  relayFailed(relay: RelayedTransport, now: number): void;
  /** A stream connection has ended, whoever ended it. */
  flowClosed(flow: Flow, now: number): void;
  /** Time has passed: to be called at least every second. */
  tick(now: number): void;
}
