import type { Limits } from './limits';
import { TokenBucket } from './token-bucket';

/** The longest datagram: a burst is never smaller, or it could not pass at all. */
const MAX_DATAGRAM = 65_535;

/** What may pass at once, in bytes and in packets. */
export interface ThrottleLevels {
  readonly bytes?: number;
  readonly packets?: number;
}

/** Holds one direction of an allocation to its rates. */
export class Throttle {
  private constructor(
    private readonly bytes: TokenBucket | undefined,
    private readonly packets: TokenBucket | undefined,
  ) {}

  /**
   * Undefined where there is nothing to hold it to, which costs the packet path one comparison.
   *
   * @param levels of the throttle that it goes on for
   */
  static of(
    { bytesPerSecond, packetsPerSecond }: Limits,
    now: number,
    levels: ThrottleLevels = {},
  ): Throttle | undefined {
    if (bytesPerSecond === 0 && packetsPerSecond === 0) return undefined;
    const burst = Math.max(bytesPerSecond, MAX_DATAGRAM);
    return new Throttle(
      bytesPerSecond === 0 ? undefined : new TokenBucket(bytesPerSecond, burst, now, levels.bytes),
      packetsPerSecond === 0 ? undefined : new TokenBucket(packetsPerSecond, packetsPerSecond, now, levels.packets),
    );
  }

  levels(now: number): ThrottleLevels {
    return { bytes: this.bytes?.left(now), packets: this.packets?.left(now) };
  }

  admits(length: number, now: number): boolean {
    if (this.packets !== undefined && !this.packets.take(1, now)) return false;
    return this.bytes === undefined || this.bytes.take(length, now);
  }

  /** For a stream, which loses nothing and waits instead. @returns milliseconds until more bytes may pass. */
  delay(length: number, now: number): number {
    return this.bytes?.borrow(length, now) ?? 0;
  }
}
