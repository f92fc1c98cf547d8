import type { Endpoint } from '../net/endpoint';
import type { Permission } from './permission';
import type { RelayedTransport } from './relayed-transport';
import type { Expirable } from './timer-wheel';

/** RFC 8656 12. */
export const CHANNEL_LIFETIME_MS = 600_000;

/** A channel number bound to one peer transport address. */
export class Channel implements Expirable {
  expiresAt = 0;
  timerSlot = -1;
  bound = true;

  constructor(
    readonly number: number,
    readonly peer: Endpoint,
    readonly relay: RelayedTransport,
    readonly permission: Permission,
  ) {}

  /** Binding and permission have lifetimes of their own: data passes while both live (RFC 8656 12). */
  carriesData(now: number): boolean {
    return this.expiresAt > now && this.permission.admits(this.peer.port, now);
  }
}
