const MAX_PORT = 0xffff;

type Range = readonly [min: number, max: number];

/** A set of ports from 1 to 65535, held as inclusive ranges. Immutable. */
export class PortRanges {
  static readonly NONE = new PortRanges([]);
  static readonly ALL = new PortRanges([[1, MAX_PORT]]);

  /** @param ranges ascending, neither overlapping nor adjacent: one set has one representation. */
  private constructor(private readonly ranges: readonly Range[]) {}

  /**
   * The ports from `min` to `max`, both inclusive.
   * @throws RangeError unless 1 <= min <= max <= 65535.
   */
  static of(min: number, max = min): PortRanges {
    for (const port of [min, max]) {
      if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
        throw new RangeError(`port out of range (got ${port}): 1 to ${MAX_PORT}; write 1-${MAX_PORT} for every port`);
      }
    }
    if (min > max) {
      throw new RangeError(`port range is reversed (got ${min}-${max}): lower bound first; write ${max}-${min}`);
    }
    return new PortRanges([[min, max]]);
  }

  /** The ports of all these sets, in one pass. */
  static unionOf(sets: readonly PortRanges[]): PortRanges {
    if (sets.length <= 1) return sets[0] ?? PortRanges.NONE;
    const merged: [number, number][] = [];
    for (const [min, max] of sets.flatMap(({ ranges }) => ranges).sort(([left], [right]) => left - right)) {
      const last = merged.at(-1);
      if (last && min <= last[1] + 1) last[1] = Math.max(last[1], max);
      else merged.push([min, max]);
    }
    return new PortRanges(merged);
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  has(port: number): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const [min, max] = this.ranges[middle]!;
      if (port < min) high = middle - 1;
      else if (port > max) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(other: PortRanges): PortRanges {
    return PortRanges.unionOf([this, other]);
  }

  /** The ports of this set that the other does not have. */
  without(other: PortRanges): PortRanges {
    if (other.isEmpty) return this;
    const cut = (ranges: readonly Range[], [from, to]: Range): readonly Range[] =>
      ranges
        .flatMap(([min, max]): Range[] => [
          [min, Math.min(max, from - 1)],
          [Math.max(min, to + 1), max],
        ])
        .filter(([min, max]) => min <= max);
    return new PortRanges(other.ranges.reduce(cut, this.ranges));
  }

  /** `5004, 20000-40000`, or `none`. */
  toString(): string {
    if (this.isEmpty) return 'none';
    return this.ranges.map(([min, max]) => (min === max ? `${min}` : `${min}-${max}`)).join(', ');
  }
}
