/** Width of a bucket, and the longest time that is told from a longer one. */
const BUCKET_US = 5;
const LONGEST_US = 1_000_000;

/** How long datagrams took from sender to receiver. */
export class Latency {
  private readonly buckets = new Uint32Array(LONGEST_US / BUCKET_US);
  private total = 0;

  add(microseconds: number): void {
    const bucket = Math.min(this.buckets.length - 1, Math.max(0, Math.floor(microseconds / BUCKET_US)));
    this.buckets[bucket]!++;
    this.total++;
  }

  clear(): void {
    this.buckets.fill(0);
    this.total = 0;
  }

  /** Microseconds that this share of the datagrams took at most; 0 if there were none. */
  percentile(share: number): number {
    let below = 0;
    for (const [bucket, count] of this.buckets.entries()) {
      below += count;
      if (count > 0 && below >= share * this.total) return (bucket + 1) * BUCKET_US;
    }
    return 0;
  }
}
