import type { Endpoint } from '../net/endpoint';
import { isChannelData } from '../stun/channel-data';
import { Attribute, ErrorCode, MessageClass, Method } from '../stun/constants';
import { fingerprintMatches } from '../stun/integrity';
import { handleAllocate, relayFailed, relayOpened } from './allocate';
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
import { relayChannelData, relayPeerData, relaySendIndication } from './relay-data';
import { handleRefresh } from './refresh';
import type { RelayedTransport } from './relayed-transport';
import { Reply } from './reply';
import { Request } from './request';
import type { ServerSettings } from './settings';
import type { Sink } from './sink';

export interface TurnServerOptions {
  readonly sink: Sink;
  readonly events: TurnEvents;
  readonly settings: ServerSettings;
  /** Unix time in seconds. */
  readonly unixSeconds: () => number;
  /** Random 32 bits, so that nobody can choose addresses that collide in the tables. */
  readonly hashSeed: number;
  /** Monotonic milliseconds at the start. */
  readonly now: number;
}

/**
 * The TURN server without I/O (RFC 8656).
 *
 * Loop contract:
 * - Inputs are `handleClient`, `handlePeer`, `relayOpened`, `relayFailed`, `flowClosed`, `apply` and `tick`, one at a
 *   time, each with `now` in monotonic milliseconds that never decreases. None of them throws, whatever the bytes.
 * - Outputs are calls on the sink while an input is handled. The sink may answer `openRelay` from within.
 * - `tick` is called at least once a second; lifetimes end there, and a little late rather than early.
 * - Client bytes are only read. Peer bytes lie between HEADROOM and TAILROOM writable bytes: headers are written around
 *   the payload in place, so it is never copied.
 * - The relay path allocates nothing and calls nothing but the sink.
 */
export class TurnServer {
  readonly store: AllocationStore;
  readonly counters = new Counters();
  private readonly context: TurnContext;
  private readonly request = new Request();
  private readonly release = (allocation: Allocation): void => this.delete(allocation, 'released');

  constructor(options: TurnServerOptions) {
    const { sink, events, settings, unixSeconds, hashSeed, now } = options;
    this.store = new AllocationStore(hashSeed, now, allocation => this.delete(allocation, 'expired'));
    const reply = new Reply(sink, this.store.listeners);
    this.context = { settings, store: this.store, sink, reply, events, unixSeconds };
  }

  /** One datagram from a client, or one message of its stream. The flow may be a scratch object. */
  handleClient(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void {
    if (length > 0 && isChannelData(bytes[offset]!)) {
      relayChannelData(this.context, this.counters, flow, bytes, offset, length, now);
    } else {
      this.handleMessage(flow, bytes, offset, length, now);
    }
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

  /** Answers `Sink.openRelay`: the socket is bound, and `relay.address` says where. */
  relayOpened(relay: RelayedTransport, now: number): void {
    relayOpened(this.context, relay, now);
  }

  /** Answers `Sink.openRelay`: there is no socket to be had. */
  relayFailed(relay: RelayedTransport): void {
    relayFailed(this.context, relay);
  }

  /** A stream has closed: its allocation goes with it (RFC 8656 5). */
  flowClosed(flow: Flow): void {
    const allocation = this.store.find(flow);
    if (allocation !== undefined) this.delete(allocation, 'disconnected');
  }

  /** Ends what has outlived its lifetime. */
  tick(now: number): void {
    this.store.expire(now);
  }

  /**
   * Puts a new configuration in force. Sessions outlive it unless their listener is gone; permissions and channels are
   * held against the new routes, and end at once where no route leads any more.
   */
  apply(settings: ServerSettings): void {
    this.context.settings = settings;
    for (const allocation of [...this.store.all()]) {
      if (settings.listeners.has(allocation.flow.listener)) this.reauthorize(allocation);
      else this.delete(allocation, 'listener removed');
    }
  }

  private reauthorize(allocation: Allocation): void {
    for (const permission of [...allocation.permissions]) {
      const decision = authorizePeer(this.context, allocation, permission.peer);
      if (decision.allowed) {
        permission.ports = decision.ports;
        permission.traffic = this.store.routes.of(decision.routes[0]!);
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
    if (!authenticate(context, request)) return;

    const unknown = message.unknownRequired(KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return context.reply.unknownAttributes(request, unknown);
    if (method === Method.Allocate) return handleAllocate(context, request);

    const allocation = this.store.find(request.flow);
    if (allocation?.state !== 'active') return context.reply.error(request, ErrorCode.AllocationMismatch);
    // Who made an allocation is who may touch it (RFC 8656 5).
    if (!sameUser(allocation, request)) return context.reply.error(request, ErrorCode.WrongCredentials);

    if (method === Method.Refresh) handleRefresh(context, request, allocation, this.release);
    else if (method === Method.CreatePermission) handleCreatePermission(context, request, allocation);
    else handleChannelBind(context, request, allocation);
  }

  private delete(allocation: Allocation, why: AllocationEnd): void {
    const { sink, events } = this.context;
    const wasActive = allocation.state === 'active';
    this.store.delete(allocation);
    for (const relay of allocation.relays) sink.closeRelay(relay);
    if (wasActive) events.allocationDeleted(allocation, why);
  }
}

const AUTHENTICATED_METHODS: ReadonlySet<number> = new Set([
  Method.Allocate,
  Method.Refresh,
  Method.CreatePermission,
  Method.ChannelBind,
]);

function sameUser(allocation: Allocation, { identity }: Request): boolean {
  return allocation.identity.userId === identity?.userId;
}
