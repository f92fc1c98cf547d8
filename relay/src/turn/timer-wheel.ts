/** Something that ends at a moment which may be moved while it waits. */
export interface Expirable {
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** The slot it is filed in, kept by the wheel; -1 while it is in none. */
  timerSlot: number;
}

const SLOT_MS = 1000;
/** More slots than the longest lifetime has seconds, so one turn of the wheel holds every timer. */
const SLOTS = 4096;

/**
 * A coarse timer wheel, one slot a second. Moving an end further away costs nothing: the wheel finds out when the old
 * slot comes round and files the item again. Moving it nearer files it anew, and the old entry is passed over. So an
 * item has one live entry, however often it is refreshed.
 */
export class TimerWheel<T extends Expirable> {
  private readonly slots: T[][] = Array.from({ length: SLOTS }, () => []);
  /** Seconds since the clock's origin; every slot before it has been swept. */
  private nextSlot: number;

  constructor(
    now: number,
    private readonly onExpired: (item: T, now: number) => void,
  ) {
    this.nextSlot = Math.floor(now / SLOT_MS);
  }

  /** Sees to it that the item ends at its `expiresAt`; to be called whenever that is set. */
  schedule(item: T): void {
    // One slot further than the moment itself: when a slot is swept, all that it holds has ended.
    const wanted = Math.max(Math.floor(item.expiresAt / SLOT_MS) + 1, this.nextSlot);
    const slot = Math.min(wanted, this.nextSlot + SLOTS - 1);
    if (item.timerSlot >= this.nextSlot && item.timerSlot <= slot) return;
    item.timerSlot = slot;
    this.slots[slot % SLOTS]!.push(item);
  }

  advance(now: number): void {
    const current = Math.floor(now / SLOT_MS);
    while (this.nextSlot <= current) {
      const slot = this.nextSlot++;
      const due = this.slots[slot % SLOTS]!;
      if (due.length === 0) continue;
      this.slots[slot % SLOTS] = [];
      for (const item of due) {
        if (item.timerSlot !== slot) continue;
        item.timerSlot = -1;
        if (item.expiresAt > now) this.schedule(item);
        else this.onExpired(item, now);
      }
    }
  }
}
