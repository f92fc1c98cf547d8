import { Allocation } from './allocation';
import type { AllocationStore } from './allocation-store';
import { Deadline } from './deadline';
import { RelayedTransport } from './relayed-transport';
import type { Request } from './request';

/** RFC 8656 7.2: at least as long as it takes to ask for the second allocation. */
const RESERVATION_MS = 30_000;
const TOKEN_LENGTH = 8;

interface Reservation {
  readonly relay: RelayedTransport;
  readonly deadline: Deadline;
}

/**
 * Relayed transport addresses that are bound and wait to be claimed with a RESERVATION-TOKEN (RFC 8656 7.2): once, by
 * the same user, by the same listener. Each is charged like an allocation.
 */
export class Reservations {
  private readonly byToken = new Map<string, Reservation>();

  constructor(
    private readonly store: AllocationStore,
    private readonly random: (size: number) => Uint8Array,
    private readonly closeRelay: (relay: RelayedTransport) => void,
  ) {}

  /** What I/O is to bind next to an allocation's even port. Nobody's until it is claimed: what comes for it is dropped. */
  static prepare({ flow, identity, request, traffic }: Allocation, family: 4 | 6): RelayedTransport {
    const nobody = new Allocation(0, flow, identity, request, traffic);
    nobody.state = 'deleted';
    return new RelayedTransport(nobody, family, flow.listener);
  }

  /** Keeps a bound transport address for its user. @returns the token. */
  hold(relay: RelayedTransport, now: number): Uint8Array {
    const token = Uint8Array.from(this.random(TOKEN_LENGTH));
    const deadline = new Deadline(now + RESERVATION_MS, () => this.release(keyOf(token)));
    this.byToken.set(keyOf(token), { relay, deadline });
    this.store.start(deadline);
    this.store.usage.charge(relay.allocation);
    return token;
  }

  /** The token of a request that may claim with it; undefined if the token is not good, or not theirs. */
  find(token: Uint8Array, { identity, flow }: Request): string | undefined {
    const key = keyOf(token);
    return this.isFor(key, identity?.userId, flow.listener) ? key : undefined;
  }

  /** Hands a reserved transport address over to the allocation that claims it. */
  claim(key: string, allocation: Allocation): RelayedTransport {
    const relay = this.forget(key)!;
    relay.allocation = allocation;
    return relay;
  }

  /** Gives a reserved transport address away, to be claimed at a sibling. Undefined if the token is not good, or not theirs. */
  give(key: string, userId: string, listener: string): RelayedTransport | undefined {
    return this.isFor(key, userId, listener) ? this.forget(key) : undefined;
  }

  /** Gives back what is reserved on listeners that are gone. */
  releaseUnless(listenerStays: (listener: string) => boolean): void {
    for (const [key, { relay }] of [...this.byToken]) {
      if (!listenerStays(relay.listener)) this.release(key);
    }
  }

  private isFor(key: string, userId: string | undefined, listener: string): boolean {
    const relay = this.byToken.get(key)?.relay;
    return relay !== undefined && relay.allocation.identity.userId === userId && relay.listener === listener;
  }

  private release(key: string): void {
    const relay = this.forget(key);
    if (relay !== undefined) this.closeRelay(relay);
  }

  private forget(key: string): RelayedTransport | undefined {
    const reservation = this.byToken.get(key);
    if (reservation === undefined) return undefined;
    const { relay, deadline } = reservation;
    this.byToken.delete(key);
    this.store.cancel(deadline);
    this.store.usage.release(relay.allocation);
    return relay;
  }
}

export function keyOf(token: Uint8Array): string {
  return Buffer.from(token).toString('hex');
}
