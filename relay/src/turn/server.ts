import type { Endpoint } from '../net/endpoint';
import { isChannelData } from '../stun/channel-data';
import { Attribute, ErrorCode, MessageClass, Method } from '../stun/constants';
import { fingerprintMatches } from '../stun/integrity';
import { handleAllocate } from './allocate';
import type { Allocation } from './allocation';
import { AllocationStore } from './allocation-store';
import { authenticate } from './authentication';
import { authorizePeer } from './authorize-peer';
import { handleBinding } from './binding';
import { handleChannelBind } from './channel-bind';
import type { TurnContext } from './context';
import { Counters } from './counters';
import { handleCreatePermission } from './create-permission';
import type { AllocationEnd, TurnEvents } from './events';
import type { Flow } from './flow';
import { KNOWN_ATTRIBUTES } from './known-attributes';
import { Mobility } from './mobility';
import { relayFailed, relayOpened } from './opening';
import { relayPeerError } from './peer-error';
import { relayChannelData, relayPeerData, relaySendIndication } from './relay-data';
import { handleRefresh, handleResume, type ReleaseRelays } from './refresh';
import type { RelayedTransport } from './relayed-transport';
import { Reply } from './reply';
import { ReplyBudget } from './reply-budget';
import { Request } from './request';
import { Reservations } from './reservations';
import type { ListenerSettings, ServerSettings } from './settings';
import { Siblings, type SiblingServer } from './siblings/siblings';
import type { Sink } from './sink';
import { TcpRelaying } from './tcp/tcp-relaying';
import type { UsageElsewhere } from './usage';

export interface TurnServerOptions {
  readonly sink: Sink;
  readonly events: TurnEvents;
  readonly settings: ServerSettings;
  /** Unix time in seconds. */
  readonly unixSeconds: () => number;
  /** So many random bytes that nobody can guess. */
  readonly random: (length: number) => Uint8Array;
  /** Random 32 bits, so that nobody can choose addresses that collide in the tables. */
  readonly hashSeed: number;
  /** Monotonic milliseconds at the start. */
  readonly now: number;
  /** Where limits hold for the cores of several threads together. @default for this one alone */
  readonly usage?: UsageElsewhere;
}

/**
 * The TURN server without I/O (RFC 8656).
 *
 * Loop contract:
 * - Inputs are `handleClient`, `handlePeer`, `handlePeerError`, `relayOpened`, `relayFailed`, `flowClosed`, `apply`,
 *   `drain` and `tick`, and where there are other cores `siblings.asked` and `siblings.answered`, one at a time, with
 *   `now` in monotonic milliseconds that never decreases. None of them throws, whatever the bytes.
 * - Outputs are calls on the sink while an input is handled. The sink may answer `openRelay` from within, and never `ask`.
 * - `tick` is called at least once a second; lifetimes end there, and a little late rather than early.
 * - Client bytes are only read. Peer bytes lie between HEADROOM and TAILROOM writable bytes: headers are written around
 *   the payload in place, so it is never copied.
 * - The relay path allocates nothing and calls nothing but the sink.
 */
export class TurnServer {
  readonly store: AllocationStore;
  readonly counters = new Counters();
  /** TCP with peers; I/O that has none leaves it alone. */
  readonly tcp: TcpRelaying;
  /** The cores of other threads; undefined where the sink has none. */
  readonly siblings: Siblings | undefined;
  private readonly context: TurnContext;
  private readonly request = new Request();
  private readonly replies: ReplyBudget;
  /** What to call once the last allocation is gone. */
  private onEmpty: (() => void) | undefined;
  private toldEmpty = false;
  private readonly forSiblings: SiblingServer = {
    handleClient: (flow, bytes, now) => this.handleClient(flow, bytes, 0, bytes.length, now),
    giftCame: () => (this.toldEmpty = false),
  };
  private readonly release: ReleaseRelays = (allocation, relays) => this.end(allocation, relays, 'released');

  constructor(options: TurnServerOptions) {
    const { sink, events, settings, unixSeconds, random, hashSeed, now, usage } = options;
    const { counters } = this;
    const store = new AllocationStore(hashSeed, now, (allocation, at) => this.expire(allocation, at), usage);
    this.store = store;
    this.replies = new ReplyBudget(hashSeed);
    const reply = new Reply(sink, store.listeners, request => this.mayAnswer(request));
    const reservations = new Reservations(store, random, relay => sink.closeRelay(relay));
    const mobility = new Mobility(hashSeed, store, random, (allocation, from) => this.moved(allocation, from));
    const draining = false;
    const shared = { settings, draining, store, reservations, mobility, counters, sink, reply, events };
    const context: TurnContext & { siblings?: Siblings } = { ...shared, unixSeconds, random };
    if (sink.siblings !== undefined)
      context.siblings = new Siblings(context, sink.siblings, this.forSiblings, hashSeed, now);
    this.context = context;
    this.siblings = context.siblings;
    this.tcp = new TcpRelaying(this.context, now);
  }

  /** One datagram from a client, or one message of its stream. The flow may be a scratch object. */
  handleClient(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void {
    if (length > 0 && isChannelData(bytes[offset]!)) {
      relayChannelData(this.context, this.counters, flow, bytes, offset, length, now);
    } else {
      this.handleMessage(flow, bytes, offset, length, now);
    }
  }

  /** Whether this 5-tuple has an allocation, or one is on its way to it. The flow may be a scratch object. */
  serves(flow: Flow): boolean {
    return this.store.find(flow) !== undefined || this.context.mobility.movingTo(flow) !== undefined;
  }

  /** One datagram from a peer to a relayed transport address. */
  handlePeer(
    relay: RelayedTransport,
    source: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    now: number,
  ): void {
    relayPeerData(this.context, this.counters, relay, source, bytes, offset, length, now);
  }

  /** An ICMP error, of this type and code, came for what a relay sent to a peer; `data` is the rest of its header. */
  handlePeerError(
    relay: RelayedTransport,
    peer: Endpoint,
    type: number,
    code: number,
    data: number,
    now: number,
  ): void {
    relayPeerError(this.context, relay, peer, type, code, data, now);
  }

  /** Answers `Sink.openRelay`: the socket is bound, and `relay.address` says where. */
  relayOpened(relay: RelayedTransport, now: number): void {
    relayOpened(this.context, relay, now);
  }

  /** Answers `Sink.openRelay`: there is no socket to be had. */
  relayFailed(relay: RelayedTransport, now: number): void {
    relayFailed(this.context, relay, now);
    this.tellIfEmpty();
  }

  /** A stream has closed: its allocation goes with it (RFC 8656 5), unless it may follow its client (RFC 8016). */
  flowClosed(flow: Flow): void {
    const { mobility } = this.context;
    const moving = mobility.movingTo(flow);
    if (moving !== undefined) mobility.abandon(moving);
    const allocation = this.store.find(flow);
    if (allocation === undefined) return;
    // Data connections with TCP peers go with the control connection in any case (RFC 6062 5.5).
    const follows = allocation.tickets.length > 0 && allocation.connections === undefined;
    if (allocation.state === 'active' && follows) this.store.detach(allocation);
    else this.delete(allocation, 'disconnected');
  }

  /**
   * New clients are sent away from now on, and those there are go on. @param onEmpty called once there are none, and again
   * after each gift of a sibling once there are none.
   */
  drain(onEmpty: () => void): void {
    this.context.draining = true;
    this.onEmpty = onEmpty;
    this.tellIfEmpty();
  }

  /** Ends what has outlived its lifetime. */
  tick(now: number): void {
    this.store.expire(now);
    this.tcp.tick(now);
    // Not while siblings are answered: they have what was given here only once that answer is on its way.
    this.tellIfEmpty();
  }

  /** Those in force. */
  get settings(): ServerSettings {
    return this.context.settings;
  }

  /**
   * Puts a new configuration in force. Sessions outlive it unless their listener is gone or another one; permissions and
   * channels are held against the new routes, and end at once where no route leads any more.
   */
  apply(settings: ServerSettings): void {
    const { listeners, nonces } = this.context.settings;
    settings.nonces.succeed(nonces);
    this.context.settings = settings;
    const stays = (name: string): boolean => sameSocket(listeners.get(name), settings.listeners.get(name));
    this.context.reservations.releaseUnless(stays);
    this.siblings?.forgetUnless(stays);
    for (const allocation of [...this.store.all()]) {
      const { listener } = allocation.flow;
      const now = settings.listeners.get(listener);
      if (now === undefined) this.delete(allocation, 'listener removed');
      else if (sameSocket(listeners.get(listener), now)) this.reauthorize(allocation);
      else this.delete(allocation, 'listener changed');
    }
  }

  private reauthorize(allocation: Allocation): void {
    this.tcp.reauthorize(allocation);
    for (const permission of [...allocation.permissions]) {
      const decision = authorizePeer(this.context, allocation, permission.peer);
      if (decision.allowed) {
        permission.open(decision.ports, this.store.routes.of(decision.routes[0]!));
        continue;
      }
      this.context.events.peerDenied(allocation, permission.peer, 'existing permission', decision);
      this.store.revoke(permission);
    }
  }

  private handleMessage(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void {
    const { request, counters } = this;
    const { message } = request;
    this.store.listeners.of(flow.listener).received(length);
    if (!message.read(bytes, offset, length)) return counters.drop('malformed');
    const fingerprint = message.has(Attribute.Fingerprint);
    if (fingerprint && !fingerprintMatches(message)) return counters.drop('bad-fingerprint');
    request.begin(flow, now, fingerprint);

    if (message.messageClass === MessageClass.Request) this.handleRequest();
    else if (message.messageClass === MessageClass.Indication) this.handleIndication();
    else counters.drop('unexpected-class');
  }

  private handleIndication(): void {
    const { request, counters } = this;
    const { message } = request;
    // A Binding indication keeps a NAT binding alive and wants nothing else (RFC 8489 11).
    if (message.method === Method.Binding) return;
    if (message.method !== Method.Send) return counters.drop('unexpected-class');
    if (message.unknownRequired(KNOWN_ATTRIBUTES).length > 0) return counters.drop('malformed');
    relaySendIndication(this.context, counters, request);
  }

  private handleRequest(): void {
    const { request, context } = this;
    const { message } = request;
    const { method } = message;
    if (method === Method.Binding) return handleBinding(context, request);
    if (!AUTHENTICATED_METHODS.has(method)) return context.reply.error(request, ErrorCode.BadRequest);
    if (method === Method.ConnectionBind) request.controlClient = this.tcp.controlClient(request);
    if (!authenticate(context, request)) return;

    const unknown = message.unknownRequired(KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return context.reply.unknownAttributes(request, unknown);
    if (method === Method.Allocate) return handleAllocate(context, request);
    if (method === Method.ConnectionBind) return this.tcp.handleConnectionBind(request);

    const allocation = this.allocationOf(request);
    if (allocation === undefined && this.arrives(request)) return;
    if (allocation === undefined && method === Method.Refresh && message.has(Attribute.MobilityTicket))
      return handleResume(context, request, this.release);
    if (allocation?.state !== 'active') return context.reply.error(request, ErrorCode.AllocationMismatch);
    // Who made an allocation is who may touch it (RFC 8656 5).
    if (!sameUser(allocation, request)) return context.reply.error(request, ErrorCode.WrongCredentials);

    if (method === Method.Refresh) handleRefresh(context, request, allocation, this.release);
    else if (method === Method.CreatePermission) handleCreatePermission(context, request, allocation);
    else if (method === Method.Connect) this.tcp.handleConnect(request, allocation);
    else handleChannelBind(context, request, allocation);
  }

  /** The allocation of a 5-tuple; also one that moves there with this request, unless it only asks for that again. */
  private allocationOf(request: Request): Allocation | undefined {
    const { mobility } = this.context;
    const { message, flow } = request;
    const moving = mobility.movingTo(flow);
    if (moving === undefined || !sameUser(moving, request)) return this.store.find(flow);
    const ticket = message.method === Method.Refresh ? message.find(Attribute.MobilityTicket) : -1;
    return ticket >= 0 && !Mobility.isNewest(moving, message.value(ticket)) ? undefined : mobility.arrive(flow);
  }

  /** A request where the allocation of a sibling is expected, unless it asks for that again. */
  private arrives({ message, flow, identity, now }: Request): boolean {
    if (message.method === Method.Refresh && message.has(Attribute.MobilityTicket)) return false;
    const { bytes, offset, length } = message;
    return this.siblings?.arrives(flow, identity?.userId, bytes, offset, length, now) === true;
  }

  private expire(allocation: Allocation, now: number): void {
    const over = allocation.relays.filter(({ expiresAt }) => expiresAt <= now);
    this.end(allocation, over, 'expired');
  }

  /** Ends relayed transport addresses, and the allocation with the last of them. */
  private end(allocation: Allocation, relays: readonly RelayedTransport[], why: AllocationEnd): void {
    if (relays.length === allocation.relays.length) return this.delete(allocation, why);
    for (const relay of relays) {
      this.store.dropRelay(allocation, relay);
      this.tcp.end(relay);
      this.context.sink.closeRelay(relay);
    }
  }

  private delete(allocation: Allocation, why: AllocationEnd): void {
    const { sink, events, mobility } = this.context;
    const wasActive = allocation.state === 'active';
    mobility.forget(allocation);
    this.store.delete(allocation);
    for (const relay of allocation.relays) {
      this.tcp.end(relay);
      sink.closeRelay(relay);
    }
    if (wasActive) events.allocationDeleted(allocation, why);
    this.tellIfEmpty();
  }

  private moved(allocation: Allocation, from: Flow): void {
    if (from.listener !== allocation.flow.listener) this.reauthorize(allocation);
    this.context.events.allocationMoved(allocation, from);
  }

  private tellIfEmpty(): void {
    if (this.onEmpty === undefined || this.toldEmpty || this.store.size > 0) return;
    this.toldEmpty = true;
    this.onEmpty();
  }

  /** Replies to datagrams that may have been forged are few for each source (RFC 8656 21.1). */
  private mayAnswer({ key, flow, now }: Request): boolean {
    if (key !== undefined || flow.transport !== 'udp') return true;
    if (this.replies.take(flow.client, this.context.settings.limits, now)) return true;
    this.counters.drop('too-many-answers');
    return false;
  }
}

const AUTHENTICATED_METHODS: ReadonlySet<number> = new Set([
  Method.Allocate,
  Method.Refresh,
  Method.CreatePermission,
  Method.ChannelBind,
  Method.Connect,
  Method.ConnectionBind,
]);

function sameSocket(before: ListenerSettings | undefined, after: ListenerSettings | undefined): boolean {
  return after !== undefined && before?.transport === after.transport && before.port === after.port;
}

function sameUser(allocation: Allocation, { identity }: Request): boolean {
  return allocation.identity.userId === identity?.userId;
}
