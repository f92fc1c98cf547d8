import { Attribute, MessageClass } from '../../../relay/src/stun/constants';
import { INTEGRITY_SHA1, longTermKey, messageHmac } from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { StreamFramer } from '../../../relay/src/stun/stream-framer';
import { Random } from '../simulation/random';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Flow } from '../../../relay/src/turn/flow';
import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import { HEADROOM, TAILROOM } from '../../../relay/src/turn/sink';
import type { DataConnection } from '../../../relay/src/turn/tcp/data-connection';
import type { TcpSink } from '../../../relay/src/turn/tcp/tcp-sink';
import { Harness, LISTENER, REALM, ROUTE, settings, type SettingsOptions } from '../turn/harness';

/** What one step of an input does; its first byte, modulo their number, says which. */
export const STEPS = [
  /** A client's datagram, or a chunk of its stream, as it is. */
  'raw',
  /** A request whose attributes are the input's, signed by the client as it should be. */
  'signed',
  /** The same, but an indication, and not signed. */
  'indication',
  /** A datagram from a peer. */
  'peer',
  /** Time passes. */
  'time',
  /** A stream closes. */
  'close',
  /** I/O tells of TCP towards peers. */
  'tcp',
  /** An ICMP error for what was sent to a peer. */
  'icmp',
  /** Relay sockets open at once, later or never. */
  'relays',
  /** Another configuration: routes come and go. */
  'apply',
] as const;

/** Peers that are routed, and some that are not. */
export const PEERS = ['10.1.0.1', '10.1.0.2', 'fd00:1::1', '10.2.0.1', '127.0.0.1', '::ffff:0:10.1.0.1'].map(address =>
  Endpoint.of(address, 20_001),
);
/** Step, who, and how many bytes follow. */
export const STEP_HEADER = 4;

const ROUTES = [ROUTE, { ...ROUTE, name: 'acme/files', protocol: 'tcp' as const }];
/** All that the core can do, and no limit on answers that would make later ones fail for earlier ones. */
const FEATURES: SettingsOptions = {
  clusters: ROUTES,
  limits: { unauthenticatedReplies: 0, allocationsPerSource: 0 },
  mobility: true,
  dontFragment: true,
};
const CONFIGURATIONS = [
  settings({ ...FEATURES }),
  settings({ ...FEATURES, clusters: [] }),
  settings({ ...FEATURES, listeners: [] }),
];
const HANDED_OUT = [Attribute.ReservationToken, Attribute.MobilityTicket, Attribute.ConnectionId];
/** Of the server: what it hands out never comes twice. */
const dice = new Random(8656);
const PRACTICALLY_FOREVER = 3_700_000;

interface FuzzClient {
  readonly user: string;
  readonly key: Uint8Array;
  flow: Flow;
  framer: StreamFramer;
  nonce: string;
}

/** A sink that keeps nothing but what is wrong. */
class Judge extends Harness {
  readonly openRelays = new Set<RelayedTransport>();
  private readonly reader = new MessageReader();
  lastNonce = '';
  /** The newest token, ticket and connection id that any client was given. */
  readonly handedOut = new Map<number, Uint8Array>();
  /** TCP towards peers, and the clients' streams that carry it. */
  readonly connections = new Set<DataConnection>();
  readonly joined = new Map<Flow, DataConnection>();
  readonly tcp: TcpSink = {
    connect: connection => {
      isRouted(connection.peer);
      this.connections.add(connection);
    },
    join: (connection, flow) => void this.joined.set(flow, connection),
    close: connection => {
      if (!this.connections.delete(connection)) throw new Error('a connection is closed twice');
    },
  };
  /** Has this input got as far as an allocation? */
  touched = false;

  override sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const first = bytes[offset]!;
    if (first >= 0x40 && first < 0x80) return;
    if (!this.reader.read(bytes, offset, length)) throw new Error('an answer is not STUN');
    if (this.reader.messageClass === MessageClass.Request) throw new Error('the server asks');
    if (flow.listener !== LISTENER) throw new Error('an answer to a listener that is not there');
    for (const type of HANDED_OUT) {
      const at = this.reader.find(type);
      const start = at < 0 ? 0 : this.reader.valueOffset(at);
      if (at >= 0) this.handedOut.set(type, bytes.slice(start, start + this.reader.valueLength(at)));
    }
    this.lastNonce = this.reader.text(Attribute.Nonce) ?? this.lastNonce;
  }

  override sendToPeer(relay: RelayedTransport, peer: Endpoint): void {
    if (!this.openRelays.has(relay)) throw new Error('a relay is used that is not open');
    isRouted(peer);
  }

  override openRelay(relay: RelayedTransport): void {
    this.touched = true;
    this.pending.add(relay);
    if (this.relayOpening === 'fails') {
      this.pending.delete(relay);
      this.server.relayFailed(relay, this.now);
    } else if (this.relayOpening === 'at once') this.bind(relay);
  }

  override closeRelay(relay: RelayedTransport): void {
    if (!this.pending.delete(relay) && !this.openRelays.delete(relay)) throw new Error('a relay is closed twice');
  }

  override refused(): void {
    return;
  }
  override closeFlow(): void {
    return;
  }
  override peerDenied(): void {
    return;
  }
  override allocationDeleted(): void {
    return;
  }

  protected override random(length: number): Uint8Array {
    return dice.bytes(length);
  }

  bindPending(): void {
    for (const relay of this.pending) this.bind(relay);
  }

  private readonly pending = new Set<RelayedTransport>();

  private bind(relay: RelayedTransport): void {
    this.pending.delete(relay);
    this.openRelays.add(relay);
    if (relay.next !== undefined) this.openRelays.add(relay.next);
    for (const { address, family } of [relay, relay.next ?? relay])
      address.setAddress(family === 4 ? '192.0.2.10' : '2001:db8::10', 50_000);
    this.server.relayOpened(relay, this.now);
  }
}

function isRouted(peer: Endpoint): void {
  const routed = /^(10\.1\.0\.\d+|\[fd00:1::[0-9a-f:]*\]):2000\d$/.test(peer.toString());
  if (!routed) throw new Error(`data to ${peer.toString()}, which is not routed`);
}

/** The whole core under fuzzing, one input after another. Each leaves it as empty as it found it, or has found a fault. */
export class Target {
  private readonly judge = new Judge(FEATURES);
  private readonly writer = new MessageWriter();
  private readonly message = new Uint8Array(70_000);
  private readonly slot = new Uint8Array(HEADROOM + 65_535 + TAILROOM);
  private readonly clients: FuzzClient[];
  private streams = 100;

  constructor() {
    const key = (user: string, password: string): Uint8Array => longTermKey(user, REALM, password);
    const client = (user: string, password: string, flow: Flow): FuzzClient => ({
      ...{ user, key: key(user, password), flow, framer: new StreamFramer(), nonce: '' },
    });
    this.clients = [
      client('alice', 'open sesame', new Flow('udp', LISTENER, 1, Endpoint.of('203.0.113.5', 40_000))),
      client('bob', 'swordfish', new Flow('udp', LISTENER, 1, Endpoint.of('2001:db8:1::5', 40_001))),
      client('alice', 'open sesame', this.newStream()),
      client('alice', 'open sesame', this.newStream()),
    ];
  }

  /** @throws whatever is wrong. */
  run(input: Uint8Array): void {
    const { judge } = this;
    for (let at = 0; at + STEP_HEADER <= input.length;) {
      const length = Math.min((input[at + 2]! << 8) | input[at + 3]!, input.length - at - STEP_HEADER);
      this.step(input[at]!, input[at + 1]!, input.subarray(at + STEP_HEADER, at + STEP_HEADER + length));
      at += STEP_HEADER + length;
    }
    judge.server.apply(CONFIGURATIONS[0]!);
    judge.relayOpening = 'at once';
    if (!judge.touched) return;
    judge.touched = false;
    judge.bindPending();
    judge.now += PRACTICALLY_FOREVER;
    judge.server.tick(judge.now);
    const { store } = judge.server;
    if (store.size > 0 || store.timers > 0)
      throw new Error(`${store.size} allocations and ${store.timers} timers stay`);
    if (judge.connections.size > 0 || judge.server.tcp.size > 0) throw new Error('data connections stay');
    judge.joined.clear();
    if (judge.openRelays.size > 0) throw new Error(`${judge.openRelays.size} relays stay open`);
  }

  private step(kind: number, who: number, bytes: Uint8Array): void {
    const { judge } = this;
    const client = this.clients[who % this.clients.length]!;
    switch (STEPS[kind % STEPS.length]!) {
      case 'raw':
        return this.send(client, bytes);
      case 'signed':
        return this.request(client, who, bytes);
      case 'indication':
        return this.send(client, this.build(MessageClass.Indication, bytes));
      case 'peer':
        return this.fromPeer(who, bytes);
      case 'time':
        judge.now += (bytes[0] ?? 1) * 7000;
        return judge.server.tick(judge.now);
      case 'close':
        return this.close(client);
      case 'tcp':
        return this.tcp(who);
      case 'icmp':
        return this.icmp(who, bytes);
      case 'relays':
        judge.relayOpening = (['at once', 'later', 'fails'] as const)[who % 3]!;
        return judge.bindPending();
      case 'apply':
        return judge.server.apply(CONFIGURATIONS[who % CONFIGURATIONS.length]!);
    }
  }

  /** Once, or twice where the nonce is not good any more. */
  private request(client: FuzzClient, who: number, bytes: Uint8Array): void {
    const before = client.nonce;
    this.judge.lastNonce = before;
    this.send(client, this.build(MessageClass.Request, bytes, client));
    client.nonce = this.judge.lastNonce;
    if (client.nonce !== before && who < 128) this.send(client, this.build(MessageClass.Request, bytes, client));
  }

  /** The first byte is the method, the rest are attributes as they are. */
  private build(messageClass: MessageClass, bytes: Uint8Array, client?: FuzzClient): Uint8Array {
    const { writer, message } = this;
    const raw = bytes.subarray(1, 65_000);
    const attributes = raw.subarray(0, raw.length & ~3);
    writer.begin(message, 0, messageClass, bytes[0] ?? 0, ID, 0);
    if (client !== undefined && client.nonce !== '') {
      writer.text(Attribute.Username, client.user).text(Attribute.Realm, REALM).text(Attribute.Nonce, client.nonce);
    }
    const head = writer.end();
    message.set(attributes, head);
    this.fillIn(head, attributes.length);
    let end = head + attributes.length;
    if (client !== undefined && client.nonce !== '') end = sign(message, end, client.key);
    new DataView(message.buffer).setUint16(2, end - 20);
    return message.subarray(0, end);
  }

  /** Nobody guesses a token: where an attribute asks for one by a value that begins with zero, it gets the newest. */
  private fillIn(start: number, length: number): void {
    const view = new DataView(this.message.buffer);
    for (let at = start; at + 8 <= start + length; at += 4 + ((view.getUint16(at + 2) + 3) & ~3)) {
      const value = this.judge.handedOut.get(view.getUint16(at));
      if (value !== undefined && view.getUint8(at + 4) === 0 && at + 4 + value.length <= start + length)
        this.message.set(value, at + 4);
    }
  }

  private send(client: FuzzClient, bytes: Uint8Array): void {
    const { judge } = this;
    const { server, now } = judge;
    // What a data connection brings is the peer's.
    if (judge.joined.has(client.flow)) return;
    if (!client.flow.isStream) return server.handleClient(client.flow, bytes, 0, bytes.length, now);
    const goesOn = client.framer.feed(bytes, (message, offset, length) =>
      server.handleClient(client.flow, message, offset, length, now),
    );
    if (!goesOn) this.close(client);
  }

  private close(client: FuzzClient): void {
    if (!client.flow.isStream) return;
    const connection = this.judge.joined.get(client.flow);
    if (connection !== undefined && this.judge.connections.delete(connection)) this.judge.server.tcp.ended(connection);
    this.judge.server.flowClosed(client.flow);
    client.flow = this.newStream();
    client.framer = new StreamFramer();
  }

  private fromPeer(who: number, bytes: Uint8Array): void {
    const { judge, slot } = this;
    const relay = [...judge.openRelays][who % Math.max(judge.openRelays.size, 1)];
    if (relay === undefined) return;
    // Long ones need not be in the input byte by byte.
    const length = bytes.length > 60 ? Math.min(bytes.length * 257, 65_535) : bytes.length;
    slot.set(bytes, HEADROOM);
    judge.server.handlePeer(relay, PEERS[who % PEERS.length]!, slot, HEADROOM, length, judge.now);
  }

  private tcp(who: number): void {
    const { judge } = this;
    const { tcp } = judge.server;
    const relays = [...judge.openRelays].filter(({ transport }) => transport === 'tcp');
    const connections = [...judge.connections];
    const connection = connections[who % Math.max(connections.length, 1)];
    if (who % 4 === 0 && relays.length > 0) {
      const accepted = tcp.accepted(relays[0]!, PEERS[(who >> 2) % PEERS.length]!, judge.now);
      if (accepted !== undefined) judge.connections.add(accepted);
    } else if (connection === undefined) {
      return;
    } else if (who % 4 === 1) {
      tcp.connected(connection, judge.now);
    } else {
      judge.connections.delete(connection);
      if (who % 4 === 2) tcp.failed(connection);
      else tcp.ended(connection);
    }
  }

  private icmp(who: number, bytes: Uint8Array): void {
    const { judge } = this;
    const [relay] = judge.openRelays;
    if (relay === undefined) return;
    judge.server.handlePeerError(relay, PEERS[who % PEERS.length]!, bytes[0] ?? 3, bytes[1] ?? 4, 1400, judge.now);
  }

  private newStream(): Flow {
    return new Flow('tcp', LISTENER, this.streams++, Endpoint.of('203.0.113.9', 50_000));
  }
}

/** Adds MESSAGE-INTEGRITY, whatever the attributes before it look like. @returns the new end. */
function sign(message: Uint8Array, end: number, key: Uint8Array): number {
  message.set([0, INTEGRITY_SHA1.attribute, 0, INTEGRITY_SHA1.length], end);
  message.set(messageHmac(INTEGRITY_SHA1, key, message, 0, end), end + 4);
  return end + 24;
}

const ID = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
