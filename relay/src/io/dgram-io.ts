import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import { Endpoint } from '../net/endpoint';
import { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import { HEADROOM, TAILROOM } from '../turn/sink';
import { AddressTexts } from './address-texts';
import { Counts } from './counts';
import type { DatagramContext, DatagramIo, Opened } from './datagram';
import { UdpSocket, type UdpBinding } from './udp-socket';

/** Asked for where all clients of a listener come in. */
const LISTENER_BUFFER = 4 * 1024 * 1024;
/** Asked for one relayed transport address: some frames of video at once. */
const RELAY_BUFFER = 1024 * 1024;
const MAX_DATAGRAM = 65_535;
/** Ports tried before a relay is given up. */
const MAX_PORT_ATTEMPTS = 64;
/** A host without IPv6 answers with one of these. */
const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT', 'EINVAL']);

/** Both families on one socket; IPv4 sources then come IPv4-mapped, which is how `Endpoint` holds them. */
const WILDCARDS = [
  { type: 'udp6', address: '::', bufferSize: LISTENER_BUFFER },
  { type: 'udp4', address: '0.0.0.0', bufferSize: LISTENER_BUFFER },
] as const;

/**
 * UDP by `node:dgram`: the portable implementation, for where no batched one runs. It costs more for each packet: an
 * event, a copy of what is sent, and a copy of what peers send, since Node's buffers have no headroom.
 *
 * Replies leave by the address the routing table chooses, so a host with several is better reached by one of them.
 */
export class DgramIo implements DatagramIo {
  readonly name = 'dgram';
  readonly counts = new Counts();
  /** Listening sockets by number. */
  private readonly listening = new Map<number, UdpSocket>();
  /** Relay sockets by `RelayedTransport.handle`; also those that are still being bound. */
  private readonly relays = new Map<number, UdpSocket>();
  private readonly texts = new AddressTexts();
  private readonly source = new Endpoint();
  /** Datagrams come one at a time, so one slot holds each peer's while the core handles it. */
  private readonly slot = new Uint8Array(HEADROOM + MAX_DATAGRAM + TAILROOM);
  private lastHandle = -1;

  constructor(private readonly context: DatagramContext) {}

  listen(listener: string, port: number, opened: Opened): number {
    const number = this.context.numbers.next();
    this.bindListener(
      new Flow('udp', listener, number),
      WILDCARDS.map(wildcard => ({ ...wildcard, port })),
      opened,
    );
    return number;
  }

  closeListener(socket: number): void {
    this.listening.get(socket)?.close();
    this.listening.delete(socket);
  }

  openRelay(relay: RelayedTransport): void {
    const { core, clock, relayAddress, relayPorts } = this.context;
    const address = relayAddress(relay.listener, relay.family);
    if (address === undefined) {
      this.counts.add('no relay address');
      core.relayFailed(relay, clock());
      return;
    }
    relay.address.setAddress(address.advertised, 0);
    relay.handle = ++this.lastHandle;
    const size = relayPorts.max - relayPorts.min + 1;
    this.bindRelay(relay, address.bind, randomInt(size), Math.min(size, MAX_PORT_ATTEMPTS));
  }

  closeRelay(relay: RelayedTransport): void {
    this.relays.get(relay.handle)?.close();
    this.relays.delete(relay.handle);
    relay.handle = -1;
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    this.send(this.listening.get(flow.socket), flow.client, bytes, offset, length);
  }

  sendToPeer(relay: RelayedTransport, peer: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.send(this.relays.get(relay.handle), peer, bytes, offset, length);
  }

  close(): void {
    for (const socket of [...this.listening.values(), ...this.relays.values()]) socket.close();
    this.listening.clear();
    this.relays.clear();
  }

  private send(socket: UdpSocket | undefined, to: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    if (socket === undefined) this.counts.add('no socket');
    else socket.send(to, bytes, offset, length);
  }

  /** Binds the first of the candidates that this host can. */
  private bindListener(flow: Flow, [binding, ...others]: UdpBinding[], opened: Opened): void {
    const socket = new UdpSocket(binding!, this.texts, this.counts);
    this.listening.set(flow.socket, socket);
    socket.bind(
      (message, source) => this.fromClient(flow, message, source),
      error => {
        if (error !== undefined && others.length > 0 && WITHOUT_IPV6.has(error.code ?? '')) {
          this.bindListener(flow, others, opened);
          return;
        }
        if (error !== undefined) this.listening.delete(flow.socket);
        opened(error);
      },
    );
  }

  /** From a random port on, the first that is free (RFC 6056 3.3.1, as RFC 8656 7.2 asks for). */
  private bindRelay(relay: RelayedTransport, address: string, start: number, attempts: number): void {
    const { core, clock, relayPorts } = this.context;
    const port = relayPorts.min + (start % (relayPorts.max - relayPorts.min + 1));
    const type = relay.family === 4 ? 'udp4' : 'udp6';
    const binding: UdpBinding = { type, address, port, ipv6Only: type === 'udp6', bufferSize: RELAY_BUFFER };
    const socket = new UdpSocket(binding, this.texts, this.counts);
    this.relays.set(relay.handle, socket);
    socket.bind(
      (message, source) => this.fromPeer(relay, message, source),
      error => {
        if (error === undefined) {
          relay.address.port = port;
          core.relayOpened(relay, clock());
        } else if (error.code === 'EADDRINUSE' && attempts > 1) {
          this.bindRelay(relay, address, start + 1, attempts - 1);
        } else {
          this.counts.addError(error);
          this.closeRelay(relay);
          core.relayFailed(relay, clock());
        }
      },
    );
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
