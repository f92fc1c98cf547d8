import type { Change } from './object-store';

/** Milliseconds from the first change to a look, for those that come with it. */
const DEBOUNCE: Readonly<Record<Change, number>> = { meaning: 20, status: 1000 };
/** How many times as long as a look it rests before the next: so looks take a third of the time at most. */
const REST = 2;

/** Looks soon after a change: once for changes that come together, and with a rest after a look that took long. */
export class Pace {
  private timer: NodeJS.Timeout | undefined;
  private due = Infinity;
  private restsUntil = 0;
  /** What the two looks before the last one took. */
  private before: readonly [number, number] = [0, 0];
  private closed = false;

  constructor(private readonly look: () => void) {}

  /** The first change sets the time, so that changes without end delay nothing. */
  soon(what: Change): void {
    const due = Math.max(performance.now() + DEBOUNCE[what], this.restsUntil);
    if (this.closed || due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lookNow(), due - performance.now());
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private lookNow(): void {
    this.due = Infinity;
    const start = performance.now();
    this.look();
    const end = performance.now();
    const took = end - start;
    // At the start two take long: that which learns what Secrets there are, and that which has them. No more than that.
    this.restsUntil = end + Math.min(took, ...this.before) * REST;
    this.before = [this.before[1], took];
  }
}
