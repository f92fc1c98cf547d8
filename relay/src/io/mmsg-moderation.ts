import { performance } from 'node:perf_hooks';
import { arenaSize, type Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { PR_SET_TIMERSLACK, TIMESPEC } from './ffi/linux';

/** Datagrams in a millisecond from which on a pause finds several to take together. */
const DENSE = 20;
/** Microseconds of a pause that is not worth its own cost. */
const SHORTEST = 10;
const TRIES = 5;

/**
 * Interrupt moderation, as network cards have it: while datagrams come thick and fast, a thread looks for more no sooner
 * than so long after its last look. Each of its wake-ups, which cost as much as a datagram does, then serves several.
 * Below 20 in a millisecond nothing waits, nor where what came last takes that long to handle.
 */
export class Moderation {
  static readonly space = arenaSize(TIMESPEC.size);
  /** Whether so many datagrams come that they are moderated. */
  isActive = false;
  private readonly time: number;
  /** Since when they are counted, in the caller's milliseconds; and how many there have been. */
  private since = 0;
  private counted = 0;
  private latestLook = 0;

  /** @param microseconds from one look to the next, a whole number below a million; 0: never pauses */
  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
    private readonly microseconds: number,
  ) {
    this.time = arena.take(TIMESPEC.size);
    arena.setLong(this.time + TIMESPEC.seconds, 0);
    // Without it a pause is 50 us longer than asked for. It is the calling thread's alone.
    if (microseconds > 0) libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  }

  /**
   * Whether the kernel's timers are fine enough: where they are not, a pause would be a millisecond or ten. To be asked
   * once, at start, since it pauses to find out.
   */
  isPrecise(): boolean {
    const lengths = Array.from({ length: TRIES }, () => {
      const start = performance.now();
      this.sleep(this.microseconds);
      return performance.now() - start;
    });
    return Math.min(...lengths) * 1000 < 2 * this.microseconds + 100;
  }

  /** Before a look. Lets datagrams gather for what is left of the time. */
  pause(): void {
    if (!this.isActive) return;
    // Whole, for a fraction would be an object for each call.
    const left = Math.floor(this.microseconds - (performance.now() - this.latestLook) * 1000);
    if (left >= SHORTEST) this.sleep(left);
  }

  /** After a look. @param datagrams those that were taken after the look before this */
  looked(datagrams: number, now: number): void {
    this.counted += datagrams;
    const passed = now - this.since;
    if (passed > 0) {
      this.isActive = this.microseconds > 0 && this.counted >= DENSE * passed;
      this.since = now;
      this.counted = 0;
    }
    if (this.isActive) this.latestLook = performance.now();
  }

  private sleep(microseconds: number): void {
    const { libc, arena, time } = this;
    arena.setLong(time + TIMESPEC.nanoseconds, microseconds * 1000);
    libc.nanosleep(arena.base + time, 0);
  }
}
