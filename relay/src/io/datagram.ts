import type { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { Clock } from './clock';
import type { TurnCore } from './core';
import type { Counts } from './counts';
import type { RelayAddress } from './relay-address';
import type { SocketNumbers } from './socket-numbers';

/** Called once: at once where sockets open synchronously, else later. */
export type Opened = (error?: NodeJS.ErrnoException) => void;

/**
 * UDP sockets: those that listen for clients, and the relayed transport addresses.
 *
 * What comes in goes to the `TurnCore` it was made with. Outcomes are told by callback and no method returns a promise,
 * so that a loop which never returns to Node's own can implement it. Nothing throws: what fails is counted.
 */
export interface DatagramIo {
  /** Which implementation this is, for the log and the metrics. */
  readonly name: string;
  /** Whether `sendToPeer` can set the DF bit. @default false */
  readonly dontFragment?: boolean;
  /** Datagrams that were lost here, and socket errors. */
  readonly counts: Counts;
  /** Receives clients of a listener on a port, by IPv4 and IPv6, until `closeListener`. Returns the socket's number. */
  listen(listener: string, port: number, opened: Opened): number;
  closeListener(socket: number): void;
  /**
   * Binds a port of `relay.ports`, and the next one for `relay.next`. Answered by `TurnCore.relayOpened` or `relayFailed`,
   * never both, and by neither after `closeRelay`, which until then closes `relay.next` too.
   */
  openRelay(relay: RelayedTransport): void;
  closeRelay(relay: RelayedTransport): void;
  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void;
  /** @param dontFragment set the DF bit; only ever true where `dontFragment` is. */
  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void;
  /** This host may have other addresses than before. */
  addressesChanged?(): void;
  /** Closes all sockets. */
  close(): void;
}

/** Inclusive bounds, 1024 to 65535. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** The range that RFC 8656 7.2 recommends: the dynamic ports. */
export const DEFAULT_RELAY_PORTS: PortRange = { min: 49_152, max: 65_535 };

/** What an implementation is given. */
export interface DatagramContext {
  readonly core: TurnCore;
  readonly clock: Clock;
  readonly numbers: SocketNumbers;
  readonly relayPorts: PortRange;
  /** The address to advertise and to bind for a listener's relays; undefined if the host has none of the family. */
  readonly relayAddress: (listener: string, family: 4 | 6) => RelayAddress | undefined;
  /**
   * This host's own addresses of a family. Where there are several, answers leave by the one that the client has sent to,
   * which is a part of its 5-tuple, if the implementation can. @default one
   */
  readonly ownAddresses?: (family: 4 | 6) => readonly Endpoint[];
}

export type DatagramIoFactory = (context: DatagramContext) => DatagramIo;
