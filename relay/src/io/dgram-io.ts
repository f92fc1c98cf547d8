import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import { Endpoint } from '../net/endpoint';
import { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import { HEADROOM, TAILROOM } from '../turn/sink';
import { AddressTexts } from './address-texts';
import { BatchedUdpSocket } from './batched-udp-socket';
import { Counts } from './counts';
import type { DatagramContext, DatagramIo, Opened } from './datagram';
import { DatagramBatches } from './datagram-batches';
import type { MmsgSupport } from './mmsg-support';
import { type PortChoices, portChoices } from './relay-ports';
import { UdpListener } from './udp-listener';
import { type OnDatagram, UdpSocket, type UdpBinding } from './udp-socket';

/** Asked for one relayed transport address: some frames of video at once. */
const RELAY_BUFFER = 1024 * 1024;
const MAX_DATAGRAM = 65_535;
/** Ports tried before a relay is given up. */
const MAX_PORT_ATTEMPTS = 64;
/** What carries data between a relayed transport address and peers. */
interface RelaySocket {
  bind(onDatagram: OnDatagram, opened: Opened): void;
  /** @param dontFragment set the DF bit, which not every socket can */
  send(to: Endpoint, bytes: Uint8Array, offset: number, length: number, dontFragment: boolean): void;
  close(): void;
}

/**
 * UDP by `node:dgram`: the portable implementation, for where no batched one runs. It costs more for each packet: an
 * event, a copy of what is sent, and a copy of what peers send, since Node's buffers have no headroom. Where the batched
 * calls are to be had, they carry what goes to peers, and most of what comes from them.
 *
 * Replies leave by the address the routing table chooses, so a host with several is better reached by one of them.
 */
export class DgramIo implements DatagramIo {
  readonly name: string;
  readonly dontFragment: boolean;
  readonly counts = new Counts();
  /** Listening sockets by number. */
  private readonly listening = new Map<number, UdpListener>();
  /** Relay sockets by `RelayedTransport.handle`; also those that are still being bound. */
  private readonly relays = new Map<number, RelaySocket>();
  /** Those that the core waits for. */
  private readonly unanswered = new Set<RelayedTransport>();
  private readonly texts = new AddressTexts();
  private readonly source = new Endpoint();
  /** By Node datagrams come one at a time, so one slot holds each peer's while the core handles it. */
  private readonly slot = new Uint8Array(HEADROOM + MAX_DATAGRAM + TAILROOM);
  private lastHandle = -1;

  private readonly batches: DatagramBatches | undefined;

  /** @param support the batched calls @default none: all by `node:dgram` */
  constructor(
    private readonly context: DatagramContext,
    support?: MmsgSupport,
  ) {
    this.batches = support?.libc && new DatagramBatches(support.libc, support.segmentation, this.counts);
    this.dontFragment = this.batches !== undefined;
    this.name = this.batches === undefined ? 'dgram' : 'dgram, recvmmsg and sendmmsg with peers';
  }

  listen(listener: string, port: number, opened: Opened): number {
    const flow = new Flow('udp', listener, this.context.numbers.next());
    const socket = new UdpListener(this.texts, this.counts);
    this.listening.set(flow.socket, socket);
    socket.bind(
      port,
      (message, source) => this.fromClient(flow, message, source),
      error => {
        if (error !== undefined) this.listening.delete(flow.socket);
        opened(error);
      },
    );
    return flow.socket;
  }

  closeListener(socket: number): void {
    this.listening.get(socket)?.close();
    this.listening.delete(socket);
  }

  openRelay(relay: RelayedTransport): void {
    const { relayAddress, relayPorts } = this.context;
    const address = relayAddress(relay.listener, relay.family);
    const choices = portChoices(relayPorts, relay.ports);
    if (address === undefined || choices.count === 0) {
      this.counts.add(address === undefined ? 'no relay address' : 'no relay port');
      this.context.core.relayFailed(relay, this.context.clock());
      return;
    }
    const relays = relay.next === undefined ? [relay] : [relay, relay.next];
    for (const each of relays) {
      each.address.setAddress(address.advertised, 0);
      each.handle = ++this.lastHandle;
    }
    this.unanswered.add(relay);
    this.bindRelays(
      relays,
      address.bind,
      choices,
      randomInt(choices.count),
      Math.min(choices.count, MAX_PORT_ATTEMPTS),
    );
  }

  closeRelay(relay: RelayedTransport): void {
    this.forget(relay);
    if (this.unanswered.delete(relay) && relay.next !== undefined) this.forget(relay.next);
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const socket = this.listening.get(flow.socket);
    if (socket === undefined) this.counts.add('no socket');
    else socket.send(flow.client, bytes, offset, length);
  }

  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void {
    const socket = this.relays.get(relay.handle);
    if (socket === undefined) this.counts.add('no socket');
    else socket.send(peer, bytes, offset, length, dontFragment);
  }

  close(): void {
    for (const socket of [...this.listening.values(), ...this.relays.values()]) socket.close();
    this.listening.clear();
    this.relays.clear();
  }

  /** From a random port on, the first that is free (RFC 6056 3.3.1, as RFC 8656 7.2 asks for). */
  private bindRelays(
    relays: readonly RelayedTransport[],
    address: string,
    choices: PortChoices,
    choice: number,
    attempts: number,
  ): void {
    const { core, clock } = this.context;
    const relay = relays[0]!;
    this.bindInRow(relays, address, choices.port(choice), error => {
      if (error === undefined) {
        this.unanswered.delete(relay);
        core.relayOpened(relay, clock());
      } else if (error.code === 'EADDRINUSE' && attempts > 1) {
        this.bindRelays(relays, address, choices, choice + 1, attempts - 1);
      } else {
        this.counts.addError(error);
        this.closeRelay(relay);
        core.relayFailed(relay, clock());
      }
    });
  }

  /** Binds each to the port after the last one's, or none. */
  private bindInRow(
    [relay, ...others]: readonly RelayedTransport[],
    address: string,
    port: number,
    bound: Opened,
  ): void {
    if (relay === undefined) return bound();
    const type = relay.family === 4 ? 'udp4' : 'udp6';
    const binding: UdpBinding = { type, address, port, ipv6Only: type === 'udp6', bufferSize: RELAY_BUFFER };
    const socket = this.relaySocket(binding, relay);
    this.relays.set(relay.handle, socket);
    socket.bind(
      (message, source) => this.fromPeer(relay, message, source),
      error => {
        if (error !== undefined) return bound(error);
        relay.address.port = port;
        this.bindInRow(others, address, port + 1, next => {
          if (next !== undefined) socket.close();
          bound(next);
        });
      },
    );
  }

  private relaySocket(binding: UdpBinding, relay: RelayedTransport): RelaySocket {
    const { texts, counts, batches, context } = this;
    if (batches === undefined) return new UdpSocket(binding, texts, counts);
    return new BatchedUdpSocket(binding, texts, counts, batches, context.clock, (source, bytes, offset, length, now) =>
      context.core.handlePeer(relay, source, bytes, offset, length, now),
    );
  }

  private forget(relay: RelayedTransport): void {
    this.relays.get(relay.handle)?.close();
    this.relays.delete(relay.handle);
    relay.handle = -1;
  }

  private fromClient(flow: Flow, message: Buffer, { address, port }: RemoteInfo): void {
    if (!this.texts.read(address, port, flow.client)) {
      this.counts.add('source without answer');
      return;
    }
    this.context.core.handleClient(flow, message, 0, message.length, this.context.clock());
  }

  private fromPeer(relay: RelayedTransport, message: Buffer, { address, port }: RemoteInfo): void {
    if (!this.texts.read(address, port, this.source)) {
      this.counts.add('source without answer');
      return;
    }
    this.slot.set(message, HEADROOM);
    this.context.core.handlePeer(relay, this.source, this.slot, HEADROOM, message.length, this.context.clock());
  }
}
