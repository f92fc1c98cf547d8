import { Endpoint } from '../../../relay/src/net/endpoint';
import { isChannelData } from '../../../relay/src/stun/channel-data';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import type { Flow } from '../../../relay/src/turn/flow';
import { REALM } from '../turn/harness';
import { type Asked, keyOf, type Station, type World } from './world';

/** RFC 8489 6.2.1, with fewer retransmissions. */
const RTO_MS = 500;
const RETRANSMISSIONS = 5;

export const USERS = ['alice', 'bob'].map((name, i) => ({
  name,
  key: longTermKey(name, REALM, ['open sesame', 'swordfish'][i]!),
}));
const INSIDE = ['10.1.0.1', '10.1.0.2', '10.1.0.3', 'fd00:1::1', 'fd00:1::2'];
const OUTSIDE = ['10.2.0.1', '127.0.0.1', '::ffff:10.1.1.1', 'fe80::1'];
const PORTS = [20_000, 20_001, 20_005, 20_009, 20_010];

type Attributes = (writer: MessageWriter) => unknown;
const NOTHING: Attributes = () => undefined;

const writer = new MessageWriter();
const reader = new MessageReader();
const scratch = Buffer.alloc(2048);
let transactions = 0;

/** A client's whole life as a small state machine: it gets an allocation, does what the dice say, and goes. */
export class Session implements Station {
  private sent = 0;
  private readonly user;
  private readonly channels = new Map<number, Endpoint>();
  private readonly permitted: string[] = [];
  private nonce = '';
  private pending: { id: Buffer; resend: () => void; answered: (code: number) => void } | undefined;
  private steps;
  private over = false;

  constructor(
    private readonly world: World,
    readonly flow: Flow,
    private readonly ended: () => void,
  ) {
    const { dice } = world;
    this.user = dice.pick(USERS);
    this.steps = dice.between(3, 10);
    world.stations.set(keyOf(flow), this);
  }

  start(): void {
    const { dice } = this.world;
    const evenPort = dice.chance(0.1) ? dice.pick([0x80, 0]) : undefined;
    const lifetime = dice.chance(0.3) ? dice.pick([0, 1, 700, 5000, 0xffffffff]) : undefined;
    const { AdditionalAddressFamily, RequestedAddressFamily } = Attribute;
    const family = dice.pick([undefined, undefined, undefined, AdditionalAddressFamily, RequestedAddressFamily]);
    this.request(
      Method.Allocate,
      writer => {
        writer.uint32(Attribute.RequestedTransport, 17 << 24);
        if (lifetime !== undefined) writer.uint32(Attribute.Lifetime, lifetime);
        if (evenPort !== undefined) writer.bytes(Attribute.EvenPort, Uint8Array.of(evenPort));
        else if (family !== undefined) writer.uint32(family, 2 << 24);
      },
      code => {
        if (code === 0) this.next();
        else this.end();
      },
    );
  }

  receive(bytes: Buffer): void {
    if (this.over) return;
    if (isChannelData(bytes[0]!)) {
      const peer = this.channels.get(bytes.readUInt16BE(0));
      const length = bytes.readUInt16BE(2);
      return this.check(bytes.subarray(4, 4 + length), peer);
    }
    if (!reader.read(bytes, 0, bytes.length)) throw new Error('the server sent what is not STUN');
    if (reader.messageClass === MessageClass.Indication) {
      const peer = new Endpoint();
      reader.xorAddress(reader.find(Attribute.XorPeerAddress), peer);
      const start = reader.valueOffset(reader.find(Attribute.Data));
      return this.check(bytes.subarray(start, start + reader.valueLength(reader.find(Attribute.Data))), peer);
    }
    const { pending } = this;
    if (pending?.id.equals(bytes.subarray(8, 20)) !== true) return;
    this.pending = undefined;
    const error = reader.uint32(Attribute.ErrorCode);
    pending.answered(error === undefined ? 0 : ((error >> 8) & 7) * 100 + (error & 0xff));
  }

  private check(data: Buffer, peer: Endpoint | undefined): void {
    // A channel's first data may overtake the answer that binds it: then the peer is not known yet.
    const expected = `${keyOf(this.flow)} ${peer === undefined ? '' : `${peer.toString()} `}`;
    if (!data.toString('latin1').startsWith(expected))
      throw new Error(`a client got what is another's: ${data.toString('latin1')} and not ${expected}`);
    this.world.delivered.toClients++;
  }

  private next(): void {
    if (this.over) return;
    if (this.steps-- === 0) return this.leave();
    const { dice } = this.world;
    const action = dice.pick(['permit', 'bind', 'bind', 'talk', 'talk', 'refresh', 'wait'] as const);
    this[action]();
  }

  private permit(): void {
    const { dice } = this.world;
    const peers = [dice.pick(INSIDE), dice.pick(INSIDE)];
    if (dice.chance(0.1)) peers.push(dice.pick(OUTSIDE));
    this.request(
      Method.CreatePermission,
      writer => {
        for (const peer of peers) writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(peer, 0));
      },
      code => {
        if (code === 0) this.permitted.push(...peers);
        this.proceed(code);
      },
      peers,
    );
  }

  private bind(): void {
    const { dice } = this.world;
    const address = dice.pick(dice.chance(0.1) ? OUTSIDE : INSIDE);
    const port = dice.pick(PORTS);
    const peer = Endpoint.of(address, port);
    // One number for one peer, always: what is on its way may come late (RFC 8656 12).
    const number = 0x4000 + 16 * INSIDE.indexOf(address) + PORTS.indexOf(port) + 16;
    this.request(
      Method.ChannelBind,
      writer => writer.uint32(Attribute.ChannelNumber, number * 0x10000).xorAddress(Attribute.XorPeerAddress, peer),
      code => {
        if (code === 0) this.channels.set(number, peer);
        this.proceed(code);
      },
      [peer.address],
    );
  }

  private talk(): void {
    const { dice } = this.world;
    for (let i = dice.between(2, 6); i > 0; i--) {
      const channels = dice.chance(0.7) ? [...this.channels] : [];
      const peers = dice.chance(0.8) && this.permitted.length > 0 ? this.permitted : [...INSIDE, ...OUTSIDE];
      if (channels.length > 0) this.channelData(...dice.pick(channels));
      else this.indication(Endpoint.of(dice.pick(peers), dice.pick(PORTS)));
    }
    // Long enough for what comes back, in fair weather.
    this.world.later(dice.between(50, 2000), () => this.next());
  }

  private refresh(): void {
    const lifetime = this.world.dice.pick([undefined, 1, 700, 3600, 9999]);
    const attributes: Attributes = writer =>
      lifetime === undefined ? undefined : writer.uint32(Attribute.Lifetime, lifetime);
    this.request(Method.Refresh, attributes, code => this.proceed(code));
  }

  private wait(): void {
    this.world.later(this.world.dice.between(10_000, 500_000), () => this.next());
  }

  private leave(): void {
    const { dice, server } = this.world;
    if (dice.chance(0.6)) {
      this.request(
        Method.Refresh,
        writer => writer.uint32(Attribute.Lifetime, 0),
        () => this.end(),
      );
      return;
    }
    if (this.flow.isStream) server.flowClosed(this.flow);
    this.end();
  }

  /** 437 means that the allocation is over; all other refusals are part of life. */
  private proceed(code: number): void {
    if (code === 437) this.end();
    else this.next();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    if (this.flow.isStream) this.world.server.flowClosed(this.flow);
    this.world.stations.delete(keyOf(this.flow));
    this.ended();
  }

  private request(
    method: number,
    attributes: Attributes,
    done: (code: number) => void,
    asked?: Asked,
    tries = 0,
  ): void {
    const withCredentials: Attributes = writer => {
      attributes(writer);
      if (this.nonce === '') return;
      writer.text(Attribute.Username, this.user.name).text(Attribute.Realm, REALM).text(Attribute.Nonce, this.nonce);
      writer.messageIntegrity(this.user.key);
    };
    const bytes = this.message(MessageClass.Request, method, withCredentials);
    let left = this.flow.isStream ? 0 : RETRANSMISSIONS;
    let rto = RTO_MS;
    const pending = {
      id: bytes.subarray(8, 20),
      resend: () => {
        this.world.up(this.flow, bytes, asked);
        this.world.later(left > 0 ? rto : 8000, () => {
          if (this.pending !== pending || this.over) return;
          if (left-- === 0) return this.end();
          rto *= 2;
          pending.resend();
        });
      },
      answered: (code: number) => {
        const nonce = reader.text(Attribute.Nonce);
        if ((code !== 401 && code !== 438) || tries === 3 || nonce === undefined) {
          done(code);
          return;
        }
        this.nonce = nonce;
        this.request(method, attributes, done, asked, tries + 1);
      },
    };
    this.pending = pending;
    pending.resend();
  }

  private message(messageClass: MessageClass, method: number, attributes = NOTHING): Buffer {
    const id = Buffer.alloc(12);
    id.writeUInt32BE(++transactions, 8);
    writer.begin(scratch, 0, messageClass, method, id, 0);
    attributes(writer);
    return Buffer.from(scratch.subarray(0, writer.end()));
  }

  private payload(peer: Endpoint): Buffer {
    return Buffer.from(`${keyOf(this.flow)} ${peer.toString()} ${this.sent++}`, 'latin1');
  }

  private channelData(number: number, peer: Endpoint): void {
    const data = this.payload(peer);
    const bytes = Buffer.alloc(4 + data.length);
    bytes.writeUInt16BE(number, 0);
    bytes.writeUInt16BE(data.length, 2);
    data.copy(bytes, 4);
    this.world.up(this.flow, bytes);
  }

  private indication(peer: Endpoint): void {
    const attributes: Attributes = writer =>
      writer.xorAddress(Attribute.XorPeerAddress, peer).bytes(Attribute.Data, this.payload(peer));
    this.world.up(this.flow, this.message(MessageClass.Indication, Method.Send, attributes));
  }
}
