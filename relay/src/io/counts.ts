/**
 * How often what has gone wrong, by reason: a word of ours such as `send queue full`, or a system error code such as
 * `ECONNREFUSED`. Reasons never come from a packet, so their number is bounded.
 */
export class Counts {
  private readonly byReason = new Map<string, number>();

  add(reason: string): void {
    this.byReason.set(reason, this.of(reason) + 1);
  }

  addError(error: NodeJS.ErrnoException): void {
    this.add(error.code ?? error.name);
  }

  of(reason: string): number {
    return this.byReason.get(reason) ?? 0;
  }

  entries(): IterableIterator<[string, number]> {
    return this.byReason.entries();
  }
}
