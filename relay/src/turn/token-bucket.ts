/** So much in a second on average, and a burst at once. Counts thousandths, so that whole milliseconds add up exactly. */
export class TokenBucket {
  private level: number;
  private at: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.level = burst * 1000;
    this.at = now;
  }

  /** Takes the amount if it is there. */
  take(amount: number, now: number): boolean {
    this.level = Math.min(this.burst * 1000, this.level + (now - this.at) * this.perSecond);
    this.at = now;
    if (amount * 1000 > this.level) return false;
    this.level -= amount * 1000;
    return true;
  }
}
