import { Recent } from '../auth/recent';

const FIRST_MS = 1000;
const LONGEST_MS = 5 * 60_000;
/** Objects to remember; the ones used last. */
const CAPACITY = 20_000;

interface Waiting {
  readonly what: string;
  readonly times: number;
  readonly at: number;
}

/**
 * How long to leave an object alone after one and the same thing was done to it again: twice as long each time, so that
 * two controllers that undo each other's work do not chase each other.
 */
export class Patience {
  private readonly byKey = new Recent<Waiting>(CAPACITY);

  /** Notes that `what` was done, which is free the first time. */
  note(key: string, what: string, now: number): void {
    const last = this.byKey.get(key);
    const isAgain = last?.what === what && now - last.at < 2 * LONGEST_MS;
    this.byKey.set(key, { what, times: isAgain ? last.times + 1 : 0, at: now });
  }

  /** When it may be done again, in milliseconds of the same clock. */
  until(key: string): number {
    const last = this.byKey.get(key);
    if (last === undefined || last.times === 0) return 0;
    return last.at + Math.min(FIRST_MS * 2 ** (last.times - 1), LONGEST_MS);
  }
}
