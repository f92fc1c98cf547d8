/** Datagrams asked of a socket by one call. */
export const MAX_BATCH = 64;

/** Stands for a round where many are asked for. */
const MANY = -1;
/** No round is the one after it. */
const NEVER = -2;
/** Rounds are counted up to here and then from the start, so that they stay small integers. */
const LAST_ROUND = 0x3fff_ffff;

/**
 * How many datagrams to ask each relay socket for: many if it had some in the round before too, else one.
 *
 * A vain look for one more datagram costs a good part of what taking one does. Nothing is lost by asking for too few: the
 * next round brings the rest. Held by file descriptor, close together: with a thousand sockets, an object for each would
 * seldom be in the cache.
 */
export class BatchSizes {
  private round = 0;
  /** By file descriptor: the latest round that brought a datagram, or MANY. */
  private rounds = new Int32Array(256).fill(NEVER);

  /** The sockets' next turn. */
  nextRound(): void {
    this.round = this.round === LAST_ROUND ? 1 : this.round + 1;
  }

  /** A socket that is new under this descriptor. */
  add(fd: number): void {
    if (fd >= this.rounds.length) {
      const longer = new Int32Array(Math.max(fd + 1, this.rounds.length * 2)).fill(NEVER);
      longer.set(this.rounds);
      this.rounds = longer;
    }
    this.rounds[fd] = NEVER;
  }

  of(fd: number): number {
    return this.rounds[fd] === MANY ? MAX_BATCH : 1;
  }

  /** Learns from what a call brought. */
  learn(fd: number, received: number): void {
    const { rounds, round } = this;
    const last = rounds[fd]!;
    if (last === MANY) {
      if (received === 1) rounds[fd] = round;
    } else {
      rounds[fd] = round - last <= 1 && last !== NEVER ? MANY : round;
    }
  }
}
