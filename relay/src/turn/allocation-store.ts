import type { Identity } from '../auth/credential';
import { Endpoint } from '../net/endpoint';
import { EndpointMap } from '../net/endpoint-map';
import type { PeerAllowed } from '../peer/peer-decision';
import { Allocation, type CreatingRequest } from './allocation';
import { Channel, CHANNEL_LIFETIME_MS } from './channel';
import type { Flow } from './flow';
import { Deadline } from './deadline';
import { Permission, PERMISSION_LIFETIME_MS } from './permission';
import type { RelayedTransport } from './relayed-transport';
import { TimerWheel } from './timer-wheel';
import { TrafficByName } from './traffic';
import { Usage, type UsageElsewhere } from './usage';

/**
 * Allocations with their permissions and channels, found by what packets carry. Look-ups allocate nothing.
 *
 * Shared tables are keyed by a tag and an endpoint: the listening socket and the client for allocations, the allocation
 * and the peer for permissions (port 0) and channels.
 */
export class AllocationStore {
  readonly listeners = new TrafficByName();
  readonly routes = new TrafficByName();
  readonly usage: Usage;

  /** Also those that have lost their 5-tuple and wait for their client to come back by another (RFC 8016). */
  private readonly live = new Set<Allocation>();
  private readonly allocations: EndpointMap<Allocation>;
  private readonly permissions: EndpointMap<Permission>;
  private readonly channels: EndpointMap<Channel>;
  private readonly wheel: TimerWheel<Allocation | Permission | Channel | Deadline>;
  private readonly peerAddress = new Endpoint();
  private nextId = 1;

  constructor(
    hashSeed: number,
    now: number,
    private readonly onAllocationExpired: (allocation: Allocation, now: number) => void,
    usage?: UsageElsewhere,
  ) {
    this.usage = new Usage(usage);
    this.allocations = new EndpointMap(hashSeed);
    this.permissions = new EndpointMap(hashSeed);
    this.channels = new EndpointMap(hashSeed);
    this.wheel = new TimerWheel(now, (item, at) => this.expired(item, at));
  }

  get size(): number {
    return this.live.size;
  }

  /** Lifetimes that run: of allocations, permissions and channels. */
  get timers(): number {
    return this.wheel.size;
  }

  all(): Iterable<Allocation> {
    return this.live;
  }

  find(flow: Flow): Allocation | undefined {
    return this.allocations.get(flow.socket, flow.client);
  }

  /** @param source whom it is charged to, if not to where the client is */
  create(flow: Flow, identity: Identity, request: CreatingRequest, source?: string): Allocation {
    const traffic = this.listeners.of(flow.listener);
    const allocation = new Allocation(this.takeId(), flow, identity, request, traffic, source);
    this.allocations.set(flow.socket, flow.client, allocation);
    this.live.add(allocation);
    this.usage.charge(allocation);
    return allocation;
  }

  /** Starts or restarts the lifetime of an allocation, or of one family of a dual one (RFC 8656 8.2). */
  keep(allocation: Allocation, lifetimeMs: number, now: number, relays = allocation.relays): void {
    for (const relay of relays) relay.expiresAt = now + lifetimeMs;
    this.scheduleNext(allocation);
  }

  /** Takes one relayed transport address from an allocation that has another, with the permissions of its family. */
  dropRelay(allocation: Allocation, relay: RelayedTransport): void {
    allocation.relays.splice(allocation.relays.indexOf(relay), 1);
    for (const permission of [...allocation.permissions]) {
      if (permission.peer.family === relay.family) this.revoke(permission);
    }
    this.scheduleNext(allocation);
  }

  /** The client's new 5-tuple; the old one finds nothing any more (RFC 8016). */
  rehome(allocation: Allocation, flow: Flow): void {
    this.detach(allocation);
    allocation.flow = flow;
    allocation.traffic = this.listeners.of(flow.listener);
    this.allocations.set(flow.socket, flow.client, allocation);
  }

  /** The 5-tuple is gone, and the allocation waits for another. */
  detach(allocation: Allocation): void {
    const { socket, client } = allocation.flow;
    if (this.allocations.get(socket, client) === allocation) this.allocations.delete(socket, client);
  }

  start(deadline: Deadline): void {
    this.wheel.schedule(deadline);
  }

  cancel(deadline: Deadline): void {
    this.wheel.cancel(deadline);
  }

  delete(allocation: Allocation): void {
    if (!this.live.delete(allocation)) return;
    allocation.state = 'deleted';
    this.usage.release(allocation);
    for (const channel of [...allocation.channels.values()]) this.unbind(channel);
    for (const permission of [...allocation.permissions]) this.revoke(permission);
    this.wheel.cancel(allocation);
    this.detach(allocation);
  }

  findPermission(allocation: Allocation, peer: Endpoint): Permission | undefined {
    return this.permissions.get(allocation.id, this.peerAddress.copyFrom(peer).setPort(0));
  }

  /** Installs or refreshes the permission for a peer's address (RFC 8656 9). */
  permit(
    allocation: Allocation,
    peer: Endpoint,
    grant: PeerAllowed,
    now: number,
    lifetimeMs = PERMISSION_LIFETIME_MS,
  ): Permission {
    const traffic = this.routes.of(grant.routes[0]!);
    let permission = this.findPermission(allocation, peer);
    if (permission === undefined) {
      permission = new Permission(allocation, peer.clone().setPort(0), grant.ports, traffic);
      this.permissions.set(allocation.id, permission.peer, permission);
      allocation.permissions.add(permission);
    }
    permission.open(grant.ports, traffic);
    permission.expiresAt = now + lifetimeMs;
    this.wheel.schedule(permission);
    return permission;
  }

  /** Takes a permission back at once, and the channels that stand on it. */
  revoke(permission: Permission): void {
    permission.expiresAt = 0;
    for (const channel of [...permission.allocation.channels.values()]) {
      if (channel.permission === permission) this.unbind(channel);
    }
    this.forget(permission);
  }

  findChannel(allocation: Allocation, peer: Endpoint): Channel | undefined {
    return this.channels.get(allocation.id, peer);
  }

  /** Binds a channel, or refreshes the binding that is there already (RFC 8656 12.2). */
  bind(
    number: number,
    peer: Endpoint,
    relay: RelayedTransport,
    permission: Permission,
    now: number,
    lifetimeMs = CHANNEL_LIFETIME_MS,
  ): void {
    const { allocation } = permission;
    let channel = allocation.channels.get(number);
    if (channel === undefined) {
      channel = new Channel(number, peer.clone(), relay, permission);
      allocation.channels.set(number, channel);
      this.channels.set(allocation.id, channel.peer, channel);
    }
    channel.expiresAt = now + lifetimeMs;
    this.wheel.schedule(channel);
  }

  unbind(channel: Channel): void {
    if (!channel.bound) return;
    channel.unbind();
    this.wheel.cancel(channel);
    const { permission } = channel;
    permission.allocation.channels.delete(channel.number);
    this.channels.delete(permission.allocation.id, channel.peer);
  }

  /** Ends allocations, permissions and channels whose time is over. */
  expire(now: number): void {
    this.wheel.advance(now);
  }

  private expired(item: Allocation | Permission | Channel | Deadline, now: number): void {
    if (item instanceof Allocation) {
      if (item.state !== 'deleted') this.onAllocationExpired(item, now);
    } else if (item instanceof Deadline) {
      item.over(now);
    } else if (item instanceof Channel) {
      this.unbind(item);
      if (item.permission.expiresAt <= now) this.forget(item.permission);
    } else {
      this.forget(item);
    }
  }

  /** An allocation is looked at when the first of its relayed transport addresses ends. */
  private scheduleNext(allocation: Allocation): void {
    allocation.expiresAt = Math.min(...allocation.relays.map(({ expiresAt }) => expiresAt));
    this.wheel.schedule(allocation);
  }

  /** Drops an ended permission from the tables, unless a channel may still revive it. */
  private forget(permission: Permission): void {
    const { allocation } = permission;
    if (permission.channels.size > 0 || !allocation.permissions.delete(permission)) return;
    this.wheel.cancel(permission);
    this.permissions.delete(allocation.id, permission.peer);
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = (id + 1) | 0;
    return id;
  }
}
