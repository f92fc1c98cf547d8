import type { ClusterConfig } from '../config/relay-config';
import type { Endpoint } from '../net/endpoint';
import type { PortRanges } from './port-ranges';
import { Prefix } from './prefix';

/** Addresses and ports that one route opens. */
export interface Opening {
  readonly cluster: ClusterConfig;
  readonly prefix: Prefix;
  readonly ports: PortRanges;
}

/**
 * Openings by peer address. A look-up costs one hash probe per prefix length in use, however many openings there are.
 */
export class RouteTable {
  /** Longest prefix first. */
  private readonly byLength: readonly { readonly bits: number; readonly openings: ReadonlyMap<string, Opening[]> }[];
  /** Ascending by network address. */
  private readonly sorted: readonly Opening[];

  constructor(openings: readonly Opening[]) {
    const lengths = new Map<number, Map<string, Opening[]>>();
    for (const opening of openings) {
      const { bits, network } = opening.prefix;
      const table = getOrInsert(lengths, bits, () => new Map<string, Opening[]>());
      getOrInsert(table, key(network), () => []).push(opening);
    }
    this.byLength = [...lengths]
      .map(([bits, table]) => ({ bits, openings: table }))
      .sort((left, right) => right.bits - left.bits);
    this.sorted = openings.toSorted((left, right) => compare(left.prefix.network, right.prefix.network));
  }

  get isEmpty(): boolean {
    return this.sorted.length === 0;
  }

  /** Every opening whose prefix contains the peer, longest prefix first. */
  containing(peer: Endpoint): Opening[] {
    return this.byLength.flatMap(({ bits, openings }) => {
      const covering = Prefix.covering(peer, bits);
      // A short IPv6 prefix may cover the IPv4-mapped block, and yet holds no IPv4 address.
      return covering.contains(peer) ? (openings.get(key(covering.network)) ?? []) : [];
    });
  }

  /** For a peer in no opening: the one whose address shares most leading bits with it, if any of its family does. */
  nearest(peer: Endpoint): Opening | undefined {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.sorted[middle]!.prefix.network, peer) < 0) low = middle + 1;
      else high = middle;
    }
    // In sorted order the longest common prefix is always with a neighbour.
    return [this.sorted[low - 1], this.sorted[low]]
      .filter(opening => opening?.prefix.network.isIpv4 === peer.isIpv4)
      .sort((left, right) => commonBits(right!.prefix.network, peer) - commonBits(left!.prefix.network, peer))[0];
  }
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

function getOrInsert<K, V>(map: Map<K, V>, mapKey: K, create: () => V): V {
  let value = map.get(mapKey);
  if (value === undefined) map.set(mapKey, (value = create()));
  return value;
}
