import type { Identity } from '../auth/credential';
import type { Limits } from './limits';

/** Whom an allocation, or a reservation, is charged to: for as long as it lives, wherever its client moves. */
export interface Charge {
  readonly identity: Identity;
  /** See `sourceOf`. */
  readonly source: string;
}

/** How many allocations users and sources have. Whoever has none is not remembered. */
export class Usage {
  private readonly users = new Map<string, number>();
  private readonly sources = new Map<string, number>();

  /** The limit that one more allocation would exceed. */
  exceeded({ identity, source }: Charge, limits: Limits): 'user quota' | 'source quota' | undefined {
    if (reached(this.users.get(identity.userId), userQuota(identity, limits))) return 'user quota';
    if (reached(this.sources.get(source), limits.allocationsPerSource)) return 'source quota';
    return undefined;
  }

  charge({ identity, source }: Charge): void {
    add(this.users, identity.userId, 1);
    add(this.sources, source, 1);
  }

  release({ identity, source }: Charge): void {
    add(this.users, identity.userId, -1);
    add(this.sources, source, -1);
  }
}

function userQuota({ personal }: Identity, limits: Limits): number {
  return personal === true ? limits.allocationsPerEphemeralUser : limits.allocationsPerStaticUser;
}

function reached(used = 0, limit: number): boolean {
  return limit > 0 && used >= limit;
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
