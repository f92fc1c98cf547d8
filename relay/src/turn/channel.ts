import type { Endpoint } from '../net/endpoint';
import type { Permission } from './permission';
import type { RelayedTransport } from './relayed-transport';
import type { Expirable } from './timer-wheel';
import type { Traffic } from './traffic';

/** RFC 8656 12. */
export const CHANNEL_LIFETIME_MS = 600_000;

/** A channel number bound to one peer transport address. */
export class Channel implements Expirable {
  // As in `Allocation`, members are declared in the order of their use.
  readonly number: number;
  bound = true;
  /**
   * Until then data passes: binding and permission both live, and the routes open the peer's port (RFC 8656 12). Worked
   * out whenever one of them changes, so that a packet has one number to look at.
   */
  openUntil = 0;
  readonly peer: Endpoint;
  readonly relay: RelayedTransport;
  /** Counters of the route that opened the permission. */
  traffic: Traffic;
  readonly permission: Permission;
  timerSlot = -1;
  private end = 0;

  constructor(number: number, peer: Endpoint, relay: RelayedTransport, permission: Permission) {
    this.number = number;
    this.peer = peer;
    this.relay = relay;
    this.traffic = permission.traffic;
    this.permission = permission;
    permission.channels.add(this);
  }

  get expiresAt(): number {
    return this.end;
  }

  set expiresAt(end: number) {
    this.end = end;
    this.settle();
  }

  /** The binding is gone. */
  unbind(): void {
    this.bound = false;
    this.permission.channels.delete(this);
    this.settle();
  }

  /** Something that lets data pass, or does not, is another than before. */
  settle(): void {
    const { permission, bound, end, peer } = this;
    this.traffic = permission.traffic;
    this.openUntil = bound && permission.ports.has(peer.port) ? Math.min(end, permission.expiresAt) : 0;
  }
}
