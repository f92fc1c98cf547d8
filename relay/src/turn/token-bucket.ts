/** So much in a second on average, and a burst at once. Counts thousandths, so that whole milliseconds add up exactly. */
export class TokenBucket {
  private level: number;
  private at: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
    level = burst,
  ) {
    this.level = Math.min(level, burst) * 1000;
    this.at = now;
  }

  /** What is there; less than nothing while there is debt. */
  left(now: number): number {
    this.fill(now);
    return this.level / 1000;
  }

  /** Takes the amount if it is there. */
  take(amount: number, now: number): boolean {
    this.fill(now);
    if (amount * 1000 > this.level) return false;
    this.level -= amount * 1000;
    return true;
  }

  /** Takes the amount even if it is not there. @returns milliseconds until the debt is paid. */
  borrow(amount: number, now: number): number {
    this.fill(now);
    this.level -= amount * 1000;
    return this.level >= 0 ? 0 : Math.ceil(-this.level / this.perSecond);
  }

  private fill(now: number): void {
    this.level = Math.min(this.burst * 1000, this.level + (now - this.at) * this.perSecond);
    this.at = now;
  }
}
