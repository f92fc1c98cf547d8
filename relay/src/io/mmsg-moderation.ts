import { arenaSize, type Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { PR_SET_TIMERSLACK, TIMESPEC } from './ffi/linux';

/** Datagrams in a millisecond from which on a pause finds several to take together. */
const DENSE = 20;
/** Datagrams in a round after which there is no pause: more wait already. */
const FULL = 32;
const TRIES = 5;

/**
 * Interrupt moderation, as network cards have it: while datagrams come thick and fast, a thread that has taken some pauses
 * before it looks for more. Each of its wake-ups, which cost as much as a datagram does, then serves several; a datagram
 * waits for the length of the pause at most. Below 20,000 a second nothing waits, nor where a thread has all it can do.
 */
export class Moderation {
  static readonly space = arenaSize(TIMESPEC.size);
  private readonly time: number;
  /** Since when they are counted, in the caller's milliseconds; and how many there have been. */
  private since = 0;
  private counted = 0;
  private isDense = false;
  private latest = 0;

  /** @param microseconds a whole number below a million; 0: never pauses */
  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
    private readonly microseconds: number,
  ) {
    this.time = arena.take(TIMESPEC.size);
    arena.setLong(this.time + TIMESPEC.seconds, 0);
    arena.setLong(this.time + TIMESPEC.nanoseconds, microseconds * 1000);
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
      this.sleep();
      return performance.now() - start;
    });
    return Math.min(...lengths) * 1000 < 2 * this.microseconds + 100;
  }

  /** Before a wait. Lets datagrams gather if that is worth it. */
  pause(): void {
    if (this.isDense && this.latest > 0 && this.latest < FULL) this.sleep();
  }

  /** After a wait, and what it brought. */
  learn(datagrams: number, now: number): void {
    this.latest = datagrams;
    this.counted += datagrams;
    const passed = now - this.since;
    if (passed <= 0) return;
    this.isDense = this.microseconds > 0 && this.counted >= DENSE * passed;
    this.since = now;
    this.counted = 0;
  }

  private sleep(): void {
    this.libc.nanosleep(this.arena.base + this.time, 0);
  }
}
