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
 * slot comes round and files the item again. An item has one entry, however often it is refreshed, and none once it is
 * cancelled: what has ended early is not held in memory until its time would have come.
 */
export class TimerWheel<T extends Expirable> {
  /** Made when something is filed, gone when swept: most slots are empty most of the time. */
  private readonly slots = new Array<Set<T> | undefined>(SLOTS);
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
    // Never the slot that is being swept.
    const slot = Math.min(wanted, this.nextSlot + SLOTS - 2);
    if (item.timerSlot >= this.nextSlot && item.timerSlot <= slot) return;
    this.cancel(item);
    item.timerSlot = slot;
    (this.slots[slot % SLOTS] ??= new Set()).add(item);
  }

  /** Forgets an item that has ended by other means. */
  cancel(item: T): void {
    if (item.timerSlot >= 0) this.slots[item.timerSlot % SLOTS]?.delete(item);
    item.timerSlot = -1;
  }

  /** Items that wait for their end. */
  get size(): number {
    return this.slots.reduce((sum, slot) => sum + (slot?.size ?? 0), 0);
  }

  advance(now: number): void {
    const current = Math.floor(now / SLOT_MS);
    while (this.nextSlot <= current) {
      const slot = this.nextSlot++;
      const due = this.slots[slot % SLOTS];
      if (due === undefined) continue;
      // An end may cancel other items of the slot: a set's loop passes those over.
      for (const item of due) {
        this.cancel(item);
        if (item.expiresAt > now) this.schedule(item);
        else this.onExpired(item, now);
      }
      this.slots[slot % SLOTS] = undefined;
    }
  }
}
