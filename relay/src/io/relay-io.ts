import type { ListenerConfig } from '../config/relay-config';
import type { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { SiblingSink } from '../turn/siblings/sibling-sink';
import type { Sink } from '../turn/sink';
import { monotonicMs, type Clock } from './clock';
import type { TurnCore } from './core';
import type { Counts } from './counts';
import { DEFAULT_RELAY_PORTS, type DatagramIo, type DatagramIoFactory, type Opened, type PortRange } from './datagram';
import { DgramIo } from './dgram-io';
import { dtlsLibrary } from './dtls/dtls-library';
import { DEFAULT_DTLS_LIMITS, type DtlsLimits } from './dtls/dtls-limits';
import { DtlsServer } from './dtls/dtls-server';
import { DtlsSessions } from './dtls/dtls-sessions';
import { mmsgSupport } from './mmsg-support';
import { Listeners, type ListenerEvents, type OpenListener } from './listeners';
import { RelayAddresses, type Family } from './relay-address';
import { SocketNumbers } from './socket-numbers';
import { StreamConnections } from './stream-connections';
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './stream-limits';
import { StreamServer } from './stream-server';
import { TcpRelay, type TcpRelayContext } from './tcp-relay';
import { tcpSockets } from './tcp-sockets';

/** Milliseconds between ticks of the core. */
const TICK = 500;
/** Milliseconds between looks at what may have changed outside: this host's addresses, ports that were in use. */
const RETRY = 5000;

export interface RelayIoOptions {
  readonly events: ListenerEvents;
  /** Relayed addresses to advertise, at most one of a family. @default the listener's, else one of this host's own */
  readonly relayAddresses?: readonly string[];
  /** @default 49152 to 65535 */
  readonly relayPorts?: PortRange;
  readonly streamLimits?: Partial<StreamLimits>;
  readonly dtlsLimits?: Partial<DtlsLimits>;
  /** @default node:dgram, with batched sends to peers where they are to be had */
  readonly datagrams?: DatagramIoFactory;
  /** The cores of other threads, which `datagrams` shares sockets with. @default none */
  readonly siblings?: SiblingSink;
  /** @default milliseconds since the process started */
  readonly clock?: Clock;
}

const dgramIo: DatagramIoFactory = context => new DgramIo(context, mmsgSupport());

/** The relay's sockets around one core: clients by datagram and stream, relayed transport addresses, and time. */
export class RelayIo<Core extends TurnCore = TurnCore> implements Sink {
  readonly core: Core;
  readonly siblings: SiblingSink | undefined;
  readonly clock: Clock;
  /** TCP with peers; undefined if the core has none. */
  readonly tcp: TcpRelay | undefined;
  private readonly datagrams: DatagramIo;
  private readonly streams: StreamConnections;
  private readonly dtls: DtlsSessions;
  private readonly listeners: Listeners;
  private readonly relayAddresses: RelayAddresses;
  private ticker: NodeJS.Timeout | undefined;
  private retryAt = 0;

  /** @param makeCore makes the core that is to send by this; it calls the sink only while it handles an input. */
  constructor(makeCore: (sink: Sink) => Core, options: RelayIoOptions) {
    const { clock = monotonicMs, relayPorts = DEFAULT_RELAY_PORTS, datagrams = dgramIo } = options;
    const numbers = new SocketNumbers();
    this.clock = clock;
    this.siblings = options.siblings;
    this.core = makeCore(this);
    this.relayAddresses = new RelayAddresses(options.relayAddresses);
    this.listeners = new Listeners((config, opened) => this.open(config, opened), options.events);
    this.streams = new StreamConnections(this.core, clock, numbers, {
      ...DEFAULT_STREAM_LIMITS,
      ...options.streamLimits,
    });
    this.dtls = new DtlsSessions(this.core, clock, numbers, { ...DEFAULT_DTLS_LIMITS, ...options.dtlsLimits });
    const relays = {
      core: this.core,
      clock,
      relayPorts,
      relayAddress: (listener: string, family: Family) =>
        this.relayAddresses.of(this.listeners.config(listener)?.address ?? '', family),
    };
    this.datagrams = datagrams({ ...relays, numbers, ownAddresses: family => this.relayAddresses.own(family) });
    this.tcp = this.core.tcp && this.tcpRelay({ ...relays, tcp: this.core.tcp });
  }

  /** Lets time pass for the core. A loop that never returns to Node's own calls `tick` instead. */
  start(): void {
    this.ticker ??= setInterval(() => this.tick(), TICK);
  }

  tick(): void {
    const now = this.clock();
    this.core.tick(now);
    this.streams.sweep(now);
    this.dtls.sweep(now);
    if (now < this.retryAt) return;
    this.retryAt = now + RETRY;
    this.relayAddresses.refresh();
    this.datagrams.addressesChanged?.();
    this.listeners.retry();
  }

  /** Opens, closes and updates listeners to what a configuration says; sockets that stay the same stay open. */
  apply(listeners: readonly ListenerConfig[]): void {
    this.relayAddresses.refresh();
    this.listeners.apply(listeners);
  }

  isListening(listener: string): boolean {
    return this.listeners.isListening(listener);
  }

  /** Whether of each listener it is known if it receives. */
  get isSettled(): boolean {
    return this.listeners.isSettled;
  }

  /** Why listeners are off, by name. */
  get problems(): ReadonlyMap<string, string> {
    return this.listeners.problems;
  }

  /** Families that clients of a listener can have relayed addresses in. */
  relayFamilies(listener: ListenerConfig): Family[] {
    return this.relayAddresses.families(listener.address);
  }

  /** Whether the DF bit can be set towards peers. */
  get dontFragment(): boolean {
    return this.datagrams.dontFragment === true;
  }

  /** Which datagram implementation runs. */
  get datagramIo(): string {
    return this.datagrams.name;
  }

  get datagramCounts(): Counts {
    return this.datagrams.counts;
  }

  get streamCounts(): Counts {
    return this.streams.counts;
  }

  get dtlsCounts(): Counts {
    return this.dtls.counts;
  }

  /** DTLS sessions at the moment, and how many of them are still in their handshake. */
  get dtlsSessions(): { readonly current: number; readonly handshakes: number } {
    return { current: this.dtls.size, handshakes: this.dtls.handshaking };
  }

  /** Stream connections of a listener at the moment, and all it has had; a listener for datagrams has its socket. */
  connections({ name, transport }: ListenerConfig): { readonly current: number; readonly total: number } {
    if (transport === 'tcp' || transport === 'tls') {
      return { current: this.streams.sizeOf(name), total: this.streams.acceptedBy(name) };
    }
    const sockets = this.isListening(name) ? 1 : 0;
    return { current: sockets, total: sockets };
  }

  /** Stream clients at the moment. */
  get streamConnections(): number {
    return this.streams.size;
  }

  /** Closes everything at once. */
  close(): void {
    clearInterval(this.ticker);
    this.listeners.apply([]);
    this.tcp?.closeAll();
    this.streams.close();
    this.datagrams.close();
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    if (flow.isStream) this.streams.send(flow, bytes, offset, length);
    else if (flow.transport === 'dtls') this.dtls.send(flow, bytes, offset, length);
    else this.datagrams.sendToClient(flow, bytes, offset, length);
  }

  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void {
    this.datagrams.sendToPeer(relay, peer, bytes, offset, length, dontFragment);
  }

  openRelay(relay: RelayedTransport): void {
    if (relay.transport === 'tcp') this.tcp?.openRelay(relay);
    else this.datagrams.openRelay(relay);
  }

  closeRelay(relay: RelayedTransport): void {
    if (relay.transport === 'tcp') this.tcp?.closeRelay(relay);
    else this.datagrams.closeRelay(relay);
  }

  closeFlow(flow: Flow): void {
    if (flow.isStream) this.streams.end(flow);
    else if (flow.transport === 'dtls') this.dtls.end(flow);
  }

  private tcpRelay(context: Omit<TcpRelayContext, 'sockets' | 'takeOver'>): TcpRelay {
    return new TcpRelay({
      ...context,
      sockets: tcpSockets(),
      takeOver: (flow, taken) => this.streams.takeOver(flow, taken),
    });
  }

  private open(config: ListenerConfig, opened: Opened): OpenListener {
    if (config.transport === 'udp') return this.openDatagrams(config, opened);
    if (config.transport === 'dtls') return this.openDtls(config, opened);
    return this.openStreams(config, opened);
  }

  private openDatagrams({ name, port }: ListenerConfig, opened: Opened): OpenListener {
    const socket = this.datagrams.listen(name, port, opened);
    return { setCertificate: () => undefined, close: () => this.datagrams.closeListener(socket) };
  }

  private openDtls({ name, port, certificate }: ListenerConfig, opened: Opened): OpenListener {
    const server = new DtlsServer(name, certificate!, dtlsLibrary(), this.dtls);
    server.listen(port, opened);
    return server;
  }

  private openStreams({ name, transport, port, certificate }: ListenerConfig, opened: Opened): OpenListener {
    const server =
      transport === 'tls' && certificate !== undefined
        ? StreamServer.tls(name, certificate, this.streams)
        : StreamServer.tcp(name, this.streams);
    server.listen(port, opened);
    return {
      setCertificate: certificate => server.setCertificate(certificate),
      close: () => {
        server.close();
        this.streams.endListener(name);
      },
    };
  }
}
