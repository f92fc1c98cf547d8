import * as fc from 'fast-check';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { PortRanges } from '../../../relay/src/peer/port-ranges';
import { Prefix } from '../../../relay/src/peer/prefix';
import { RouteTable, type Opening } from '../../../relay/src/peer/route-table';
import { block, isMapped, near, text, WIDTH, type Family } from './address-model';

const cluster: ClusterConfig = { name: 'acme/janus', namespace: 'acme', protocol: 'udp', peers: [] };
const opening = (prefix: string): Opening => ({ cluster, prefix: Prefix.parse(prefix), ports: PortRanges.ALL });

/** Bits that two addresses of one family share, counted one by one. */
function shared(family: Family, left: bigint, right: bigint): number {
  const differing = left ^ right;
  return differing === 0n ? WIDTH[family] : WIDTH[family] - differing.toString(2).length;
}

/** Blocks near each other, and a peer near one of them. */
const scene = block
  .chain(({ family, network }) =>
    fc.record({
      family: fc.constant(family),
      blocks: fc.array(
        fc.record({ value: near(family, network), length: fc.integer({ min: 0, max: WIDTH[family] }) }),
        { minLength: 1, maxLength: 12 },
      ),
      peer: near(family, network),
    }),
  )
  .map(({ family, blocks, peer }) => ({
    family,
    peer,
    blocks: blocks.map(({ value, length }) => ({
      network: (value >> BigInt(WIDTH[family] - length)) << BigInt(WIDTH[family] - length),
      length,
    })),
  }))
  .filter(
    ({ family, blocks, peer }) => ![peer, ...blocks.map(({ network }) => network)].some(v => isMapped(family, v)),
  );

test('containing finds what a scan of all openings finds, longest prefix first', () => {
  fc.assert(
    fc.property(scene, ({ family, blocks, peer }) => {
      const openings = blocks.map(({ network, length }) => opening(`${text(family, network)}/${length}`));
      const endpoint = Endpoint.of(text(family, peer));
      const found = new RouteTable(openings).containing(endpoint);
      expect(new Set(found)).toEqual(new Set(openings.filter(({ prefix }) => prefix.contains(endpoint))));
      expect(found.map(({ prefix }) => prefix.bits)).toEqual(
        found.map(({ prefix }) => prefix.bits).sort((left, right) => right - left),
      );
    }),
    { numRuns: 500 },
  );
});

test('nearest shares as many leading bits with the peer as any opening does', () => {
  fc.assert(
    fc.property(scene, ({ family, blocks, peer }) => {
      const endpoint = Endpoint.of(text(family, peer));
      const openings = blocks.map(({ network, length }) => opening(`${text(family, network)}/${length}`));
      fc.pre(!openings.some(({ prefix }) => prefix.contains(endpoint)));
      const nearest = new RouteTable(openings).nearest(endpoint)!;
      const bits = blocks.map(({ network }) => shared(family, network, peer));
      expect(bits[openings.indexOf(nearest)]).toBe(Math.max(...bits));
    }),
    { numRuns: 500 },
  );
});

test('a table made from another finds what one made of the same openings finds', () => {
  const part = fc.tuple(scene, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.boolean()));
  fc.assert(
    fc.property(part, ([{ family, blocks, peer }, first, second]) => {
      const openings = blocks.map(({ network, length }) => opening(`${text(family, network)}/${length}`));
      const before = openings.filter(() => first.next().value);
      const after = openings.filter(() => second.next().value);
      const table = new RouteTable(before);
      const made = table.with(
        before.filter(each => !after.includes(each)),
        after.filter(each => !before.includes(each)),
      );
      const endpoint = Endpoint.of(text(family, peer));
      expect(new Set(made.containing(endpoint))).toEqual(new Set(new RouteTable(after).containing(endpoint)));
      const nearness = (found: Opening | undefined): number | undefined =>
        found && shared(family, blocks[openings.indexOf(found)]!.network, peer);
      expect(nearness(made.nearest(endpoint))).toBe(nearness(new RouteTable(after).nearest(endpoint)));
      expect(made.isEmpty).toBe(after.length === 0);
      expect(new Set(table.containing(endpoint))).toEqual(new Set(new RouteTable(before).containing(endpoint)));
    }),
    { numRuns: 500 },
  );
});

test('nearest is of the family of the peer, or nothing', () => {
  const table = new RouteTable([opening('10.0.0.0/8')]);
  expect(table.nearest(Endpoint.of('2001:db8::1'))).toBeUndefined();
  expect(table.nearest(Endpoint.of('192.168.0.1'))?.prefix.toString()).toBe('10.0.0.0/8');
});

test('a short IPv6 prefix around the IPv4-mapped block holds no IPv4 address', () => {
  expect(new RouteTable([opening('::/0')]).containing(Endpoint.of('10.0.0.1'))).toEqual([]);
});

test('an empty table has nothing', () => {
  const table = new RouteTable([]);
  expect(table.containing(Endpoint.of('10.0.0.1'))).toEqual([]);
  expect(table.nearest(Endpoint.of('10.0.0.1'))).toBeUndefined();
});
