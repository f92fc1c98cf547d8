/** Milliseconds before the first repetition, and the most there are between two. */
const FIRST = 500;
const LONGEST = 30_000;

/** How long to wait before something that failed is tried again: longer each time, and not at once with all others. */
export class BackOff {
  private next = FIRST;

  constructor(private readonly random: () => number = Math.random) {}

  /** Milliseconds. */
  wait(): number {
    const { next } = this;
    this.next = Math.min(next * 2, LONGEST);
    return next * (0.5 + this.random() / 2);
  }

  /** It went well. */
  reset(): void {
    this.next = FIRST;
  }
}
