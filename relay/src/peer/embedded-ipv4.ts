import { Endpoint } from '../net/endpoint';
import { Prefix } from './prefix';

/** Ways to write an IPv4 address inside an IPv6 one. IPv4-mapped is none of them: to an Endpoint it is IPv4. */
export type EmbeddingForm =
  | 'IPv4-compatible'
  | 'IPv4-translated'
  | 'NAT64'
  | 'local-use NAT64'
  | '6to4'
  | 'Teredo (server)'
  | 'Teredo (client)'
  | 'ISATAP';

/** An IPv4 address that an IPv6 packet may end up at, through a translator or a tunnel. */
export interface EmbeddedIpv4 {
  readonly form: EmbeddingForm;
  readonly address: Endpoint;
  /** Bit of the IPv6 address at which the IPv4 address begins, 0 being the most significant. */
  readonly start: number;
}

interface Layout {
  readonly form: EmbeddingForm;
  readonly start: number;
  /** The IPv4 address as a 32-bit word. */
  readonly word: (ipv6: Endpoint) => number;
}

const lastWord = (ipv6: Endpoint): number => ipv6.d;

/** Layouts that a prefix tells. */
const BY_PREFIX: readonly (Layout & { readonly prefix: Prefix })[] = [
  // RFC 4291 2.5.5.1
  { prefix: Prefix.parse('::/96'), form: 'IPv4-compatible', start: 96, word: lastWord },
  // RFC 2765 2.1
  { prefix: Prefix.parse('::ffff:0:0:0/96'), form: 'IPv4-translated', start: 96, word: lastWord },
  // RFC 6052 2.1
  { prefix: Prefix.parse('64:ff9b::/96'), form: 'NAT64', start: 96, word: lastWord },
  // RFC 3056 2
  { prefix: Prefix.parse('2002::/16'), form: '6to4', start: 16, word: ({ a, b }) => (a << 16) | (b >>> 16) },
  // RFC 4380 4: the client's address is stored inverted.
  { prefix: Prefix.parse('2001::/32'), form: 'Teredo (server)', start: 32, word: ({ b }) => b },
  { prefix: Prefix.parse('2001::/32'), form: 'Teredo (client)', start: 96, word: ({ d }) => ~d },
];

const ISATAP: Layout = { form: 'ISATAP', start: 96, word: lastWord };

const LOCAL_USE_NAT64 = Prefix.parse('64:ff9b:1::/48');
/** RFC 6052 2.2 for translator prefixes of 96, 64, 56 and 48 bits: bits 64 to 71 are skipped. */
const NAT64_LAYOUTS: readonly Layout[] = [
  { form: 'local-use NAT64', start: 96, word: lastWord },
  { form: 'local-use NAT64', start: 72, word: ({ c, d }) => (c << 8) | (d >>> 24) },
  { form: 'local-use NAT64', start: 56, word: ({ b, c }) => (b << 24) | (c & 0xffffff) },
  { form: 'local-use NAT64', start: 48, word: ({ b, c }) => (b << 16) | ((c >>> 8) & 0xffff) },
];

/** Every IPv4 address that the endpoint's address may stand for; none if it is IPv4 itself. */
export function embeddedIpv4(endpoint: Endpoint): EmbeddedIpv4[] {
  if (endpoint.isIpv4) return [];
  const found = BY_PREFIX.filter(({ prefix }) => prefix.contains(endpoint)).map(layout => read(layout, endpoint));
  // RFC 5214 6.1: the interface identifier is 0:5efe or, with the universal bit, 200:5efe before the IPv4 address.
  if ((endpoint.c & ~0x02000000) === 0x5efe) found.push(read(ISATAP, endpoint));
  if (LOCAL_USE_NAT64.contains(endpoint)) found.push(...localUseNat64(endpoint));
  return found;
}

/** Bits that a prefix of an IPv4 address, in the space of Endpoint, has once that address is embedded. */
export function embeddedBits({ start }: EmbeddedIpv4, ipv4Bits: number): number {
  const end = start + ipv4Bits - 96;
  return start < 64 && end > 64 ? end + 8 : end;
}

/**
 * RFC 8215 leaves the translator's prefix length to the site, so every layout is tried. Zeros before the last word
 * tell a 96-bit prefix; otherwise a reading in 0.0.0.0/8 is but the padding of another layout, if there is another.
 */
function localUseNat64(endpoint: Endpoint): EmbeddedIpv4[] {
  const readings = NAT64_LAYOUTS.map(layout => read(layout, endpoint));
  if (endpoint.c === 0) return readings.slice(0, 1);
  const plausible = readings.filter(({ address }) => address.d >>> 24 !== 0);
  return plausible.length > 0 ? plausible : readings;
}

function read({ form, start, word }: Layout, endpoint: Endpoint): EmbeddedIpv4 {
  return { form, start, address: new Endpoint().setIpv4(word(endpoint), 0) };
}
