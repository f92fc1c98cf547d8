import { ones, text } from './address-model';

/** Writes an IPv4 address as text of an IPv6 one; computed on whole numbers, from the layouts' RFCs. */
export type Encoding = (ipv4: bigint) => string;

const hex = (groups: string): bigint => BigInt(`0x${groups.replaceAll(':', '').padEnd(32, '0')}`);
const last =
  (prefix: string): Encoding =>
  value =>
    text(6, hex(prefix) | value);

/** RFC 6052 2.2: behind a prefix of this length, around the zero octet at bits 64 to 71. */
const nat64 =
  (prefix: string, length: number): Encoding =>
  value => {
    const before = Math.max(64 - length, 0);
    const upper = (value >> BigInt(32 - before)) << 64n;
    const lower = (value & ones(32 - before)) << BigInt(24 + before);
    return text(6, hex(prefix) | upper | lower);
  };

export const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'IPv4-mapped (RFC 4291 2.5.5.2)': last('0000:0000:0000:0000:0000:ffff'),
  'IPv4-compatible (RFC 4291 2.5.5.1)': last('0000'),
  'IPv4-translated (RFC 2765 2.1)': last('0000:0000:0000:0000:ffff:0000'),
  'NAT64 (RFC 6052 2.1)': last('0064:ff9b'),
  'local-use NAT64 /96 (RFC 8215)': last('0064:ff9b:0001'),
  'local-use NAT64 /96 of a subnet (RFC 8215)': last('0064:ff9b:0001:fffe'),
  '6to4 (RFC 3056 2)': value => text(6, hex('2002') | (value << 80n) | 1n),
  'Teredo server (RFC 4380 4)': value => text(6, hex('2001:0000') | (value << 64n) | 0xf5ff_fefen),
  'Teredo client (RFC 4380 4)': value => text(6, hex('2001:0000:0808:0808') | (value ^ ones(32))),
  'ISATAP, local (RFC 5214 6.1)': last('2001:0db8:0000:0001:0000:5efe'),
  'ISATAP, universal (RFC 5214 6.1)': last('2001:0db8:0000:0001:0200:5efe'),
};

/** Layouts of which an address does not tell which one its translator uses. */
export const AMBIGUOUS_ENCODINGS: Readonly<Record<string, Encoding>> = {
  'local-use NAT64 /48 (RFC 8215)': nat64('0064:ff9b:0001', 48),
  'local-use NAT64 /56 (RFC 8215)': nat64('0064:ff9b:0001:1200', 56),
  'local-use NAT64 /64 (RFC 8215)': nat64('0064:ff9b:0001:1234', 64),
};
