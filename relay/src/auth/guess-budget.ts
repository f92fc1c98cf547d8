/**
 * Bounds what wrong passwords cost, all clients together: a bucket of guesses that fills with time. Who guesses right
 * gets his guesses back, so that only failures drain it.
 */
export class GuessBudget {
  private left: number;
  private filledAt = 0;

  constructor(private readonly perSecond: number) {
    this.left = perSecond;
  }

  /** Whether there is one more guess. A clock that goes back fills nothing and takes nothing. */
  take(nowSeconds: number): boolean {
    if (nowSeconds > this.filledAt) {
      this.left = Math.min(this.perSecond, this.left + (nowSeconds - this.filledAt) * this.perSecond);
    }
    this.filledAt = nowSeconds;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }

  giveBack(guesses: number): void {
    this.left = Math.min(this.perSecond, this.left + guesses);
  }
}
