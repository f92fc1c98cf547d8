import type { Identity } from './auth/credential';
import type { Logger } from './log/logger';
import type { Endpoint } from './net/endpoint';
import type { DenialReason, PeerDenied } from './peer/peer-decision';
import type { Allocation } from './turn/allocation';
import type { AllocationEnd, DeniedUse, Refusal, TurnEvents } from './turn/events';
import type { Flow } from './turn/flow';
import type { RelayedTransport } from './turn/relayed-transport';

/** Lines a second that clients can cause; what comes on top is counted and told with the next line. */
const LINES_PER_SECOND = 10;

/** What there was too little of, and which flag gives more. */
const REFUSALS: Readonly<Record<Refusal, string>> = {
  'user quota': 'the user has as many allocations as --allocations-per-user or the configuration allows',
  'source quota': 'the source address has as many allocations as --allocations-per-source allows',
  capacity: 'the relay has as many allocations as --max-allocations and the limit of open files allow',
  draining: 'the relay ends and takes no new clients',
  'no relay socket': 'no relay socket',
  permissions: 'the allocation has as many permissions as --permissions-per-allocation allows',
  channels: 'the allocation has as many channels as --channels-per-allocation allows',
};

/** Tells the log what happens to allocations, and why peers are denied. */
export class TurnLog implements TurnEvents {
  readonly denials = new Map<DenialReason, number>();
  authenticationFailures = 0;
  private second = 0;
  private lines = 0;
  private suppressed = 0;

  constructor(
    private readonly turn: Logger,
    private readonly auth: Logger,
    private readonly nowMs: () => number,
  ) {}

  allocationCreated(allocation: Allocation): void {
    const relayed = allocation.relays.map(({ address }) => address.toString()).join(' ');
    this.turn.debug(`allocation ${relayed} for ${allocation.flow.toString()} (${allocation.identity.userId})`);
  }

  allocationDeleted(allocation: Allocation, why: AllocationEnd): void {
    this.turn.debug(`allocation of ${allocation.flow.toString()} ended: ${why}`);
  }

  peerDenied({ flow, identity }: Allocation, peer: Endpoint, use: DeniedUse, { reason, detail }: PeerDenied): void {
    this.denials.set(reason, (this.denials.get(reason) ?? 0) + 1);
    this.limited(() =>
      this.turn.warn(`peer denied: ${detail}`, {
        reason,
        use,
        peer: peer.toString(),
        user: identity.userId,
        client: flow.toString(),
        listener: flow.listener,
      }),
    );
  }

  allocationMoved({ flow, identity }: Allocation, from: Flow): void {
    this.turn.debug(`allocation of ${from.toString()} goes on at ${flow.toString()} (${identity.userId})`);
  }

  refused(flow: Flow, { userId }: Identity, why: Refusal): void {
    this.limited(() => this.turn.warn(`refused: ${REFUSALS[why]}`, { why, user: userId, client: flow.toString() }));
  }

  authenticationFailed(flow: Flow, username: string): void {
    this.authenticationFailures++;
    this.limited(() => this.auth.info(`credential refused for ${JSON.stringify(username)} from ${flow.toString()}`));
  }

  relayFailed({ allocation, family }: RelayedTransport): void {
    this.limited(() => this.turn.warn(`no IPv${family} relay socket for ${allocation.flow.toString()}`));
  }

  private limited(write: () => void): void {
    const second = Math.floor(this.nowMs() / 1000);
    if (second !== this.second) {
      if (this.suppressed > 0) this.turn.warn(`${this.suppressed} more lines like the last ones were left out`);
      [this.second, this.lines, this.suppressed] = [second, 0, 0];
    }
    if (++this.lines <= LINES_PER_SECOND) write();
    else this.suppressed++;
  }
}
