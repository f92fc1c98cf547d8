import type { Endpoint } from '../net/endpoint';
import type { PortRanges } from '../peer/port-ranges';
import type { Allocation } from './allocation';
import type { Channel } from './channel';
import type { Expirable } from './timer-wheel';
import type { Traffic } from './traffic';

/** RFC 8656 9: fixed, and refreshed by CreatePermission and ChannelBind only. */
export const PERMISSION_LIFETIME_MS = 300_000;

/** A peer address that an allocation may exchange data with, and the ports its routes open there. */
export class Permission implements Expirable {
  timerSlot = -1;
  /** Channels that need this permission; it stays in the table while there is one, live or not. */
  readonly channels = new Set<Channel>();
  private end = 0;

  constructor(
    readonly allocation: Allocation,
    /** Port 0: a permission ignores the port (RFC 8656 9); the routes do not. */
    readonly peer: Endpoint,
    public ports: PortRanges,
    /** Counters of the route that opened it. */
    public traffic: Traffic,
  ) {}

  get expiresAt(): number {
    return this.end;
  }

  set expiresAt(end: number) {
    this.end = end;
    for (const channel of this.channels) channel.settle();
  }

  /** What its routes open now, and the counters of the first of them. */
  open(ports: PortRanges, traffic: Traffic): void {
    this.ports = ports;
    this.traffic = traffic;
    for (const channel of this.channels) channel.settle();
  }
}
