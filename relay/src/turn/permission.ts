import type { Endpoint } from '../net/endpoint';
import type { PortRanges } from '../peer/port-ranges';
import type { Allocation } from './allocation';
import type { Expirable } from './timer-wheel';
import type { Traffic } from './traffic';

/** RFC 8656 9: fixed, and refreshed by CreatePermission and ChannelBind only. */
export const PERMISSION_LIFETIME_MS = 300_000;

/** A peer address that an allocation may exchange data with, and the ports its routes open there. */
export class Permission implements Expirable {
  expiresAt = 0;
  timerSlot = -1;
  /** Channels that need this permission; it stays in the table while there is one, live or not. */
  channels = 0;

  constructor(
    readonly allocation: Allocation,
    /** Port 0: a permission ignores the port (RFC 8656 9); the routes do not. */
    readonly peer: Endpoint,
    public ports: PortRanges,
    /** Counters of the route that opened it. */
    public traffic: Traffic,
  ) {}

  /** May data pass to or from this port now? Asked for each packet, in both directions. */
  admits(port: number, now: number): boolean {
    return this.expiresAt > now && this.ports.has(port);
  }
}
