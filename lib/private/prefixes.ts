interface Prefix {
  readonly value: bigint;
  readonly length: number;
  readonly bits: number;
}

/** Where no media server can be: reaching these through a relay is an attack on the node, the cloud or the relay. */
export const FORBIDDEN_PREFIXES: readonly (readonly [prefix: string, name: string])[] = [
  ['0.0.0.0/8', 'the unspecified network'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local and the cloud metadata service'],
  ['100.100.100.200/32', 'a cloud metadata service'],
  ['168.63.129.16/32', 'a cloud metadata service'],
  ['192.0.0.192/32', 'a cloud metadata service'],
  ['224.0.0.0/3', 'multicast and reserved addresses'],
  ['::/96', 'the unspecified address and loopback'],
  ['::ffff:0:0/96', 'IPv4 in IPv6 disguise'],
  ['0:0:0:0:ffff::/96', 'IPv4 behind a translator'],
  ['64:ff9b::/96', 'IPv4 behind NAT64'],
  ['64:ff9b:1::/48', 'IPv4 behind NAT64'],
  ['2001::/32', 'IPv4 behind Teredo'],
  ['2002::/16', 'IPv4 behind 6to4'],
  ['fd00:ec2::/32', 'a cloud metadata service'],
  ['fd20:ce::254/128', 'a cloud metadata service'],
  ['fd00:c1::a9fe:a9fe/128', 'a cloud metadata service'],
  ['fd00:42::42/128', 'a cloud metadata service'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
];

/** Networks of nobody in particular: RFC 1918, RFC 6598 and RFC 4193. */
const PRIVATE_PREFIXES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

/** Whether the text is an IP address or a CIDR prefix. */
export function isPrefix(text: string): boolean {
  return parsePrefix(text) !== undefined;
}

/** The forbidden network that a prefix touches, as `<prefix> (<name>)`, if there is one. */
export function forbiddenIn(text: string): string | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const hit = FORBIDDEN_PREFIXES.find(([forbidden]) => overlap(prefix, parsePrefix(forbidden)!));
  return hit && `${hit[0]} (${hit[1]})`;
}

/** The private network that a prefix touches, if there is one. */
export function privateNetworkOf(text: string): string | undefined {
  return PRIVATE_PREFIXES.find(network => overlapping(text, network));
}

/** Whether two addresses or CIDR prefixes have an address in common. */
export function overlapping(a: string, b: string): boolean {
  const [first, second] = [parsePrefix(a), parsePrefix(b)];
  return first !== undefined && second !== undefined && overlap(first, second);
}

function overlap(a: Prefix, b: Prefix): boolean {
  if (a.bits !== b.bits) return false;
  const host = BigInt(a.bits - Math.min(a.length, b.length));
  return a.value >> host === b.value >> host;
}

function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bits = address.includes(':') ? 128 : 32;
  const value = bits === 32 ? parseIpv4(address) : parseIpv6(address);
  if (value === undefined || rest.length > 0) return undefined;
  if (length === undefined) return { value, length: bits, bits };
  return /^\d{1,3}$/.test(length) && Number(length) <= bits ? { value, length: Number(length), bits } : undefined;
}

function parseIpv4(address: string): bigint | undefined {
  const octets = address.split('.');
  const wellFormed =
    octets.length === 4 && octets.every(octet => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256);
  return wellFormed ? octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) : undefined;
}

/** RFC 4291 section 2.2: eight groups, one run of zero groups as `::`, the last two groups perhaps as IPv4. */
function parseIpv6(address: string): bigint | undefined {
  const [head = '', tail, ...rest] = ipv4TailAsGroups(address).split('::');
  if (rest.length > 0) return undefined;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  if (!groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function ipv4TailAsGroups(address: string): string {
  const start = address.lastIndexOf(':') + 1;
  const ipv4 = parseIpv4(address.slice(start));
  if (ipv4 === undefined) return address;
  return `${address.slice(0, start)}${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`;
}
