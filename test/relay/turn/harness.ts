import { Authenticator } from '../../../relay/src/auth/authenticator';
import type { Credential } from '../../../relay/src/auth/credential';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { Endpoint } from '../../../relay/src/net/endpoint';
import type { PeerDenied } from '../../../relay/src/peer/peer-decision';
import { PeerPolicy } from '../../../relay/src/peer/peer-policy';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { NonceIssuer } from '../../../relay/src/stun/nonce';
import type { Allocation } from '../../../relay/src/turn/allocation';
import type { AllocationEnd, DeniedUse, Refusal, TurnEvents } from '../../../relay/src/turn/events';
import { Flow, type Transport } from '../../../relay/src/turn/flow';
import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import { TurnServer } from '../../../relay/src/turn/server';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';
import type { ServerSettings } from '../../../relay/src/turn/settings';
import type { SiblingSink } from '../../../relay/src/turn/siblings/sibling-sink';
import { HEADROOM, type Sink, TAILROOM } from '../../../relay/src/turn/sink';

export const REALM = 'turn.example.com';
export const ALICE: Credential = {
  type: 'static',
  scope: { kind: 'gateway' },
  username: 'alice',
  password: 'open sesame',
};
export const BOB: Credential = { type: 'static', scope: { kind: 'gateway' }, username: 'bob', password: 'swordfish' };
export const LISTENER = 'stunner/edge/udp';
/** The peers that the default settings open. */
export const ROUTE: ClusterConfig = {
  name: 'acme/janus',
  namespace: 'acme',
  protocol: 'udp',
  peers: [
    { prefix: '10.1.0.0/24', minPort: 20_000, maxPort: 20_009 },
    { prefix: 'fd00:1::/64', minPort: 20_000, maxPort: 20_009 },
  ],
};

export interface SettingsOptions {
  readonly credentials?: readonly Credential[];
  readonly clusters?: readonly ClusterConfig[];
  readonly listeners?: readonly string[];
  readonly families?: readonly (4 | 6)[];
  readonly channelRange?: ServerSettings['channelRange'];
  readonly limits?: Partial<ServerSettings['limits']>;
  readonly dontFragment?: boolean;
  readonly mobility?: boolean;
  /** Of the listeners. */
  readonly port?: number;
}

export function settings(options: SettingsOptions = {}): ServerSettings {
  const { credentials = [ALICE, BOB], clusters = [ROUTE], listeners = [LISTENER], families = [4, 6] } = options;
  const routes = clusters.map(({ name }) => name);
  return {
    realm: REALM,
    authenticator: new Authenticator(REALM, credentials),
    nonces: new NonceIssuer(new Uint8Array(32)),
    listeners: new Map(
      listeners.map(name => [
        name,
        {
          transport: 'udp' as const,
          port: options.port ?? 3478,
          policy: PeerPolicy.compile({ name, routes }, clusters),
          relayFamilies: families,
        },
      ]),
    ),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    channelRange: options.channelRange ?? 'rfc5766',
    dontFragment: options.dontFragment,
    mobility: options.mobility,
  };
}

export interface SentToPeer {
  readonly relay: RelayedTransport;
  readonly peer: string;
  readonly data: Buffer;
  readonly dontFragment: boolean;
}

/** A server with a virtual clock, whose outputs are kept. Relay sockets open at once unless told otherwise. */
export class Harness implements Sink, TurnEvents {
  now = 1_000_000;
  readonly server: TurnServer;
  readonly toClient: { flow: Flow; bytes: Buffer }[] = [];
  readonly toPeer: SentToPeer[] = [];
  readonly opened: RelayedTransport[] = [];
  readonly closed: RelayedTransport[] = [];
  readonly denials: { use: DeniedUse; denial: PeerDenied }[] = [];
  readonly ends: AllocationEnd[] = [];
  readonly refusals: Refusal[] = [];
  moves = 0;
  failedLogins = 0;
  /** A family: that one alone opens, and at once. */
  relayOpening: 'at once' | 'later' | 'fails' | 4 | 6 = 'at once';
  private nextPort = 50_000;
  private randoms = 1;

  constructor(
    options: SettingsOptions = {},
    readonly siblings?: SiblingSink,
  ) {
    this.server = new TurnServer({
      sink: this,
      events: this,
      settings: settings(options),
      unixSeconds: () => this.unixSeconds(),
      random: length => this.random(length),
      hashSeed: 7,
      now: this.now,
    });
  }

  protected unixSeconds(): number {
    return Math.floor(this.now / 1000);
  }
  protected random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.randoms++);
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    this.toClient.push({ flow: flow.clone(), bytes: Buffer.from(bytes.subarray(offset, offset + length)) });
  }
  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void {
    const data = Buffer.from(bytes.subarray(offset, offset + length));
    this.toPeer.push({ relay, peer: peer.toString(), data, dontFragment });
  }
  openRelay(relay: RelayedTransport): void {
    this.opened.push(relay);
    if (this.relayOpening === 'at once' || this.relayOpening === relay.family) this.completeOpening(relay);
    else if (this.relayOpening !== 'later') this.server.relayFailed(relay, this.now);
  }
  completeOpening(relay: RelayedTransport): void {
    if (relay.ports !== 'any') this.nextPort += this.nextPort % 2;
    const address = relay.family === 4 ? '192.0.2.10' : '2001:db8::10';
    relay.address.setAddress(address, this.nextPort++);
    relay.next?.address.setAddress(address, this.nextPort++);
    this.server.relayOpened(relay, this.now);
  }
  closeRelay(relay: RelayedTransport): void {
    this.closed.push(relay);
  }
  closeFlow(): void {
    throw new Error('no stream was removed here');
  }

  allocationCreated(): void {
    return;
  }
  allocationDeleted(_: Allocation, why: AllocationEnd): void {
    this.ends.push(why);
  }
  peerDenied(_: Allocation, __: Endpoint, use: DeniedUse, denial: PeerDenied): void {
    this.denials.push({ use, denial });
  }
  allocationMoved(): void {
    this.moves++;
  }
  refused(_: Flow, __: unknown, why: Refusal): void {
    this.refusals.push(why);
  }
  authenticationFailed(): void {
    this.failedLogins++;
  }
  relayFailed(): void {
    return;
  }

  /** Moves the clock, with a tick each second as the contract asks. */
  advance(seconds: number): void {
    for (let i = 0; i < seconds; i++) this.server.tick((this.now += 1000));
  }

  /** A datagram from a peer to the newest open relay, between the headroom and tailroom that I/O guarantees. */
  fromPeer(source: string, port: number, data: string | Uint8Array, relay = this.opened.at(-1)!): void {
    const payload = Buffer.from(data);
    const slot = Buffer.alloc(HEADROOM + payload.length + TAILROOM, 0xee);
    payload.copy(slot, HEADROOM);
    this.server.handlePeer(relay, Endpoint.of(source, port), slot, HEADROOM, payload.length, this.now);
  }
}

export interface Answer {
  readonly messageClass: number;
  readonly method: number;
  readonly code: number | undefined;
  readonly reader: MessageReader;
  text(type: number): string | undefined;
  address(type: number): string | undefined;
}

type Attributes = (writer: MessageWriter) => unknown;

/** A client's 5-tuple. */
interface At {
  readonly transport?: Transport;
  readonly listener?: string;
  readonly socket?: number;
  readonly address?: string;
  readonly port?: number;
}

/** A TURN client of a harness: builds what it sends, and reads the answer. */
export class Client {
  readonly flow: Flow;
  private realm = '';
  private nonce = '';
  private transactions = 0;

  constructor(
    readonly harness: Harness,
    { transport = 'udp', listener = LISTENER, socket = 1, address = '203.0.113.5', port = 40_000 }: At = {},
    private username = 'alice',
    private password = 'open sesame',
  ) {
    this.flow = new Flow(transport, listener, socket, Endpoint.of(address, port));
  }

  as(username: string, password: string): this {
    this.username = username;
    this.password = password;
    return this;
  }

  /** Sends bytes as they are; the last answer to them, if there is any. */
  raw(bytes: Uint8Array): Answer | undefined {
    const before = this.harness.toClient.length;
    this.harness.server.handleClient(this.flow, bytes, 0, bytes.length, this.harness.now);
    return this.harness.toClient.length > before ? readAnswer(this.harness.toClient.at(-1)!.bytes) : undefined;
  }

  message(messageClass: MessageClass, method: number, attributes?: Attributes, key?: Uint8Array, id?: number): Buffer {
    const bytes = Buffer.alloc(2048);
    const transaction = Buffer.alloc(12);
    transaction.writeUInt32BE(id ?? ++this.transactions, 8);
    const writer = new MessageWriter().begin(bytes, 0, messageClass, method, transaction, 0);
    attributes?.(writer);
    if (key !== undefined) writer.messageIntegrity(key);
    return bytes.subarray(0, writer.end());
  }

  /** A request with long-term credentials, answering one challenge on the way as a client does. */
  request(method: number, attributes?: Attributes, id?: number): Answer {
    const answer = this.signed(method, attributes, id);
    if (answer.code !== 401 && answer.code !== 438) return answer;
    const [realm, nonce] = [answer.text(Attribute.Realm), answer.text(Attribute.Nonce)];
    if (nonce === undefined || nonce === this.nonce) return answer;
    this.realm = realm ?? '';
    this.nonce = nonce;
    return this.signed(method, attributes, id);
  }

  private signed(method: number, attributes?: Attributes, id?: number): Answer {
    const answer = this.raw(this.signedRequest(method, attributes, id));
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  /** A request with the credentials and the nonce of now, unsent. */
  signedRequest(method: number, attributes?: Attributes, id?: number): Buffer {
    const withCredentials: Attributes = writer => {
      attributes?.(writer);
      if (this.nonce === '') return;
      writer.text(Attribute.Username, this.username);
      writer.text(Attribute.Realm, this.realm);
      writer.text(Attribute.Nonce, this.nonce);
    };
    const key = this.nonce === '' ? undefined : longTermKey(this.username, this.realm, this.password);
    return this.message(MessageClass.Request, method, withCredentials, key, id);
  }

  allocate(attributes?: Attributes, id?: number): Answer {
    return this.request(
      Method.Allocate,
      writer => {
        writer.uint32(Attribute.RequestedTransport, 17 << 24);
        attributes?.(writer);
      },
      id,
    );
  }

  refresh(lifetime?: number): Answer {
    return this.request(Method.Refresh, writer => {
      if (lifetime !== undefined) writer.uint32(Attribute.Lifetime, lifetime);
    });
  }

  permit(...peers: string[]): Answer {
    return this.request(Method.CreatePermission, writer => {
      for (const peer of peers) writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(peer, 9));
    });
  }

  bind(channel: number, peer: string, port: number): Answer {
    return this.request(Method.ChannelBind, writer => {
      writer.uint32(Attribute.ChannelNumber, channel * 0x10000);
      writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(peer, port));
    });
  }

  send(peer: string, port: number, data: string): void {
    this.raw(
      this.message(MessageClass.Indication, Method.Send, writer => {
        writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(peer, port));
        writer.bytes(Attribute.Data, Buffer.from(data));
      }),
    );
  }

  channelData(channel: number, data: string, padding = 0): void {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(channel, 0);
    header.writeUInt16BE(data.length, 2);
    this.raw(Buffer.concat([header, Buffer.from(data), Buffer.alloc(padding)]));
  }
}

export function readAnswer(bytes: Buffer): Answer {
  const reader = new MessageReader();
  if (!reader.read(bytes, 0, bytes.length)) throw new Error(`not a STUN message: ${bytes.toString('hex')}`);
  const error = reader.uint32(Attribute.ErrorCode);
  return {
    messageClass: reader.messageClass,
    method: reader.method,
    code: error === undefined ? undefined : ((error >> 8) & 7) * 100 + (error & 0xff),
    reader,
    text: type => reader.text(type),
    address: type => {
      const endpoint = new Endpoint();
      const index = reader.find(type);
      return index >= 0 && reader.xorAddress(index, endpoint) ? endpoint.toString() : undefined;
    },
  };
}
