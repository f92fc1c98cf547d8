import type { Identity } from '../auth/credential';
import type { Limits } from './limits';

/** Whom an allocation, or a reservation, is charged to: for as long as it lives, wherever its client moves. */
export interface Charge {
  readonly identity: Identity;
  /** See `sourceOf`. */
  readonly source: string;
}

/** What the cores of other threads have charged: limits hold for all of them together. */
export interface UsageElsewhere {
  /** Tells the others how many this core has. */
  publish(key: string, count: number): void;
  /** How many the others have. */
  others(key: string): number;
}

export type ExceededLimit = 'user quota' | 'source quota' | 'capacity';

/** Of all users and sources. */
const ALL = 'all';
const ALONE: UsageElsewhere = { publish: () => undefined, others: () => 0 };

/** How many allocations there are, and users and sources have. Whoever has none is not remembered. */
export class Usage {
  private readonly counts = new Map<string, number>();

  constructor(private readonly elsewhere = ALONE) {}

  /**
   * The limit that one more allocation would exceed. If there is none, `charge` or `withdraw` is to follow at once: the
   * others count it already, so that of two cores with room for one more never both go on.
   */
  exceeded(charge: Charge, limits: Limits): ExceededLimit | undefined {
    const { identity, source } = charge;
    const checks: readonly (readonly [string, number, ExceededLimit])[] = [
      [userKey(identity), userQuota(identity, limits), 'user quota'],
      [sourceKey(source), limits.allocationsPerSource, 'source quota'],
      [ALL, limits.allocations, 'capacity'],
    ];
    for (const [key, limit, why] of checks) {
      if (this.admits(key, limit)) continue;
      this.withdraw(charge);
      return why;
    }
    return undefined;
  }

  /** What was not exceeded is not charged after all. */
  withdraw(charge: Charge): void {
    for (const key of keysOf(charge)) this.elsewhere.publish(key, this.of(key));
  }

  charge(charge: Charge): void {
    for (const key of keysOf(charge)) this.set(key, this.of(key) + 1);
  }

  release(charge: Charge): void {
    for (const key of keysOf(charge)) this.set(key, this.of(key) - 1);
  }

  /** First it is counted, then the others are: who looks later sees it. */
  private admits(key: string, limit: number): boolean {
    const own = this.of(key);
    this.elsewhere.publish(key, own + 1);
    return limit === 0 ? key !== ALL : own + this.elsewhere.others(key) < limit;
  }

  private of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  private set(key: string, count: number): void {
    if (count === 0) this.counts.delete(key);
    else this.counts.set(key, count);
    this.elsewhere.publish(key, count);
  }
}

function userQuota({ personal }: Identity, limits: Limits): number {
  return personal === true ? limits.allocationsPerEphemeralUser : limits.allocationsPerStaticUser;
}

function keysOf({ identity, source }: Charge): string[] {
  return [userKey(identity), sourceKey(source), ALL];
}

function userKey({ userId }: Identity): string {
  return `user ${userId}`;
}

function sourceKey(source: string): string {
  return `source ${source}`;
}
