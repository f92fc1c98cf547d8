import * as fc from 'fast-check';

/** Addresses as numbers of 32 and 128 bits: a model that shares no code with Endpoint. */
export type Family = 4 | 6;

export const WIDTH: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

export function text(family: Family, value: bigint): string {
  return family === 4
    ? [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.')
    : [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map(shift => ((value >> shift) & 0xffffn).toString(16)).join(':');
}

export function ipv4(dotted: string): bigint {
  return dotted.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Lowest `count` bits set. */
export function ones(count: number): bigint {
  return (1n << BigInt(count)) - 1n;
}

/** First address of the block of this length that the address is in. */
export function networkOf(family: Family, value: bigint, length: number): bigint {
  return value & ~ones(WIDTH[family] - length);
}

export function contains(family: Family, network: bigint, length: number, value: bigint): boolean {
  return networkOf(family, value, length) === network;
}

export const isMapped = (family: Family, value: bigint): boolean => family === 6 && value >> 32n === 0xffffn;

/** An address that shares a chosen number of leading bits with another, so that prefixes are hit as often as missed. */
export function near(family: Family, value: bigint): fc.Arbitrary<bigint> {
  const width = WIDTH[family];
  return fc
    .tuple(fc.integer({ min: 0, max: width }), fc.bigInt({ min: 0n, max: ones(width) }))
    .map(([shared, noise]) => networkOf(family, value, shared) | (noise & ones(width - shared)));
}

export const block: fc.Arbitrary<{ family: Family; network: bigint; length: number }> = fc
  .constantFrom<Family>(4, 6)
  .chain(family =>
    fc
      .tuple(fc.bigInt({ min: 0n, max: ones(WIDTH[family]) }), fc.integer({ min: 0, max: WIDTH[family] }))
      .map(([value, length]) => ({ family, network: networkOf(family, value, length), length })),
  )
  .filter(({ family, network }) => !isMapped(family, network));

export const blockAndAddress = block.chain(({ family, network, length }) =>
  near(family, network)
    .filter(value => !isMapped(family, value))
    .map(value => ({ family, network, length, value })),
);
