import type { Endpoint } from '../net/endpoint';
import type { Limits } from './limits';

/** Slots, a power of two. Forged senders would have to be this many times as fast as one budget to use up all of them. */
const SLOTS = 16_384;

/**
 * How many unauthenticated answers each source may still get. The memory is fixed, whatever the number of sources: those
 * that fall into one slot share its budget, and the hash is keyed, so nobody chooses whom to share with.
 *
 * A slot holds the time at which its budget would be whole again (the generic cell rate algorithm).
 */
export class ReplyBudget {
  private readonly wholeAt = new Float64Array(SLOTS);

  /** @param seed 32 secret random bits. */
  constructor(private readonly seed: number) {}

  /** Takes one answer from the budget of a source, if there is one left. */
  take(source: Endpoint, { unauthenticatedReplies, unauthenticatedBurst }: Limits, now: number): boolean {
    if (unauthenticatedReplies === 0) return true;
    const cost = 1000 / unauthenticatedReplies;
    const slot = this.slotOf(source);
    const whole = Math.max(this.wholeAt[slot]!, now) + cost;
    if (whole - now > cost * unauthenticatedBurst) return false;
    this.wholeAt[slot] = whole;
    return true;
  }

  private slotOf(source: Endpoint): number {
    // The /64 of an IPv6 source is one source.
    const [high, low] = source.isIpv4 ? [0, source.d] : [source.a, source.b];
    return mix(mix(this.seed ^ high) ^ low) & (SLOTS - 1);
  }
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the result. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
