import type { ClusterConfig } from '../config/relay-config';
import type { Endpoint } from '../net/endpoint';
import type { PortRanges } from './port-ranges';
import { Prefix } from './prefix';
import { ShardedMap } from './sharded-map';

/** Addresses and ports that one route opens. */
export interface Opening {
  readonly cluster: ClusterConfig;
  readonly prefix: Prefix;
  readonly ports: PortRanges;
}

/**
 * Openings by peer address. A look-up costs one hash probe per prefix length in use, however many openings there are.
 * A table never changes; one made from it shares what is the same.
 */
export class RouteTable {
  /** Longest prefix first. */
  private byLength: readonly Block[] = [];
  /** Ascending by network address. */
  private sorted: readonly Opening[] = [];

  constructor(openings: readonly Opening[] = []) {
    this.change([], openings);
  }

  /** The table without some of its openings and with others, at a cost that depends on these. */
  with(gone: readonly Opening[], come: readonly Opening[]): RouteTable {
    if (gone.length === 0 && come.length === 0) return this;
    const table = new RouteTable();
    table.byLength = this.byLength;
    table.sorted = this.sorted;
    table.change(gone, come);
    return table;
  }

  get isEmpty(): boolean {
    return this.sorted.length === 0;
  }

  /** Every opening whose prefix contains the peer, longest prefix first. */
  containing(peer: Endpoint): Opening[] {
    return this.byLength.flatMap(({ bits, openings }) => {
      const covering = Prefix.covering(peer, bits);
      // A short IPv6 prefix may cover the IPv4-mapped block, and yet holds no IPv4 address.
      return covering.contains(peer) ? openings.at(key(covering.network)) : [];
    });
  }

  /** For a peer in no opening: the one whose address shares most leading bits with it, if any of its family does. */
  nearest(peer: Endpoint): Opening | undefined {
    const low = firstFrom(this.sorted, peer);
    // In sorted order the longest common prefix is always with a neighbour.
    return [this.sorted[low - 1], this.sorted[low]]
      .filter(opening => opening?.prefix.network.isIpv4 === peer.isIpv4)
      .sort((left, right) => commonBits(right!.prefix.network, peer) - commonBits(left!.prefix.network, peer))[0];
  }

  /** Only before anybody else has it. */
  private change(gone: readonly Opening[], come: readonly Opening[]): void {
    const lengths = new Map(this.byLength.map(({ bits, openings }) => [bits, openings]));
    for (const bits of new Set([...gone, ...come].map(({ prefix }) => prefix.bits))) {
      const ofLength = ({ prefix }: Opening): boolean => prefix.bits === bits;
      const openings = lengths.get(bits) ?? ShardedMap.empty<Opening>();
      const keyed = ({ prefix }: Opening): string => key(prefix.network);
      lengths.set(bits, openings.with(gone.filter(ofLength), come.filter(ofLength), keyed));
    }
    this.byLength = [...lengths]
      .filter(([, openings]) => !openings.isEmpty)
      .map(([bits, openings]) => ({ bits, openings }))
      .sort((left, right) => right.bits - left.bits);
    this.sorted = resorted(this.sorted, gone, come);
  }
}

interface Block {
  readonly bits: number;
  readonly openings: ShardedMap<Opening>;
}

/** So many at most are put in their places one by one. */
const FEW = 500;

function resorted(sorted: readonly Opening[], gone: readonly Opening[], come: readonly Opening[]): readonly Opening[] {
  if (gone.length + come.length > FEW) {
    const left = new Set(gone);
    return [...sorted.filter(opening => !left.has(opening)), ...come].sort((one, other) =>
      compare(one.prefix.network, other.prefix.network),
    );
  }
  const result = [...sorted];
  for (const opening of gone) {
    const place = result.indexOf(opening, firstFrom(result, opening.prefix.network));
    if (place >= 0) result.splice(place, 1);
  }
  for (const opening of come) result.splice(firstFrom(result, opening.prefix.network), 0, opening);
  return result;
}

/** Index of the first opening that does not stand before the address. */
function firstFrom(sorted: readonly Opening[], address: Endpoint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]!.prefix.network, address) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function key({ a, b, c, d }: Endpoint): string {
  return `${a},${b},${c},${d}`;
}

/** Signed words do: all that `nearest` needs is that addresses with common leading bits stand together. */
function compare(left: Endpoint, right: Endpoint): number {
  return left.a - right.a || left.b - right.b || left.c - right.c || left.d - right.d;
}

function commonBits(left: Endpoint, right: Endpoint): number {
  if (left.a !== right.a) return Math.clz32(left.a ^ right.a);
  if (left.b !== right.b) return 32 + Math.clz32(left.b ^ right.b);
  if (left.c !== right.c) return 64 + Math.clz32(left.c ^ right.c);
  return 96 + Math.clz32(left.d ^ right.d);
}
