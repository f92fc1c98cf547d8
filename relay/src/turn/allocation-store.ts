import type { Identity } from '../auth/credential';
import { Endpoint } from '../net/endpoint';
import { EndpointMap } from '../net/endpoint-map';
import type { PeerAllowed } from '../peer/peer-decision';
import { Allocation, type CreatingRequest } from './allocation';
import { Channel, CHANNEL_LIFETIME_MS } from './channel';
import type { Flow } from './flow';
import { Permission, PERMISSION_LIFETIME_MS } from './permission';
import type { RelayedTransport } from './relayed-transport';
import { TimerWheel } from './timer-wheel';
import { TrafficByName } from './traffic';

/**
 * Allocations with their permissions and channels, found by what packets carry. Look-ups allocate nothing.
 *
 * Shared tables are keyed by a tag and an endpoint: the listening socket and the client for allocations, the allocation
 * and the peer for permissions (port 0) and channels.
 */
export class AllocationStore {
  readonly listeners = new TrafficByName();
  readonly routes = new TrafficByName();

  private readonly allocations: EndpointMap<Allocation>;
  private readonly permissions: EndpointMap<Permission>;
  private readonly channels: EndpointMap<Channel>;
  private readonly wheel: TimerWheel<Allocation | Permission | Channel>;
  private readonly peerAddress = new Endpoint();
  private nextId = 1;

  constructor(
    hashSeed: number,
    now: number,
    private readonly onAllocationExpired: (allocation: Allocation) => void,
  ) {
    this.allocations = new EndpointMap(hashSeed);
    this.permissions = new EndpointMap(hashSeed);
    this.channels = new EndpointMap(hashSeed);
    this.wheel = new TimerWheel(now, (item, at) => this.expired(item, at));
  }

  get size(): number {
    return this.allocations.size;
  }

  all(): Iterable<Allocation> {
    return this.allocations.values();
  }

  find(flow: Flow): Allocation | undefined {
    return this.allocations.get(flow.socket, flow.client);
  }

  create(flow: Flow, identity: Identity, request: CreatingRequest): Allocation {
    const allocation = new Allocation(this.takeId(), flow, identity, request, this.listeners.of(flow.listener));
    this.allocations.set(flow.socket, flow.client, allocation);
    return allocation;
  }

  /** Starts or restarts the lifetime of an allocation. */
  keep(allocation: Allocation, lifetimeMs: number, now: number): void {
    allocation.expiresAt = now + lifetimeMs;
    this.wheel.schedule(allocation);
  }

  delete(allocation: Allocation): void {
    allocation.state = 'deleted';
    for (const channel of [...allocation.channels.values()]) this.unbind(channel);
    for (const permission of [...allocation.permissions]) this.revoke(permission);
    this.allocations.delete(allocation.flow.socket, allocation.flow.client);
  }

  findPermission(allocation: Allocation, peer: Endpoint): Permission | undefined {
    return this.permissions.get(allocation.id, this.peerAddress.copyFrom(peer).setPort(0));
  }

  /** Installs or refreshes the permission for a peer's address (RFC 8656 9). */
  permit(allocation: Allocation, peer: Endpoint, grant: PeerAllowed, now: number): Permission {
    const traffic = this.routes.of(grant.routes[0]!);
    let permission = this.findPermission(allocation, peer);
    if (permission === undefined) {
      permission = new Permission(allocation, peer.clone().setPort(0), grant.ports, traffic);
      this.permissions.set(allocation.id, permission.peer, permission);
      allocation.permissions.add(permission);
    }
    permission.ports = grant.ports;
    permission.traffic = traffic;
    permission.expiresAt = now + PERMISSION_LIFETIME_MS;
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
  bind(number: number, peer: Endpoint, relay: RelayedTransport, permission: Permission, now: number): void {
    const { allocation } = permission;
    let channel = allocation.channels.get(number);
    if (channel === undefined) {
      channel = new Channel(number, peer.clone(), relay, permission);
      permission.channels++;
      allocation.channels.set(number, channel);
      this.channels.set(allocation.id, channel.peer, channel);
    }
    channel.expiresAt = now + CHANNEL_LIFETIME_MS;
    this.wheel.schedule(channel);
  }

  unbind(channel: Channel): void {
    if (!channel.bound) return;
    channel.bound = false;
    const { permission } = channel;
    permission.allocation.channels.delete(channel.number);
    this.channels.delete(permission.allocation.id, channel.peer);
    permission.channels--;
  }

  /** Ends allocations, permissions and channels whose time is over. */
  expire(now: number): void {
    this.wheel.advance(now);
  }

  private expired(item: Allocation | Permission | Channel, now: number): void {
    if (item instanceof Allocation) {
      if (item.state !== 'deleted') this.onAllocationExpired(item);
    } else if (item instanceof Channel) {
      this.unbind(item);
      if (item.permission.expiresAt <= now) this.forget(item.permission);
    } else {
      this.forget(item);
    }
  }

  /** Drops an ended permission from the tables, unless a channel may still revive it. */
  private forget(permission: Permission): void {
    const { allocation } = permission;
    if (permission.channels > 0 || !allocation.permissions.delete(permission)) return;
    this.permissions.delete(allocation.id, permission.peer);
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = (id + 1) | 0;
    return id;
  }
}
