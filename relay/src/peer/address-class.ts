import type { Endpoint } from '../net/endpoint';
import { embeddedBits, embeddedIpv4, type EmbeddedIpv4 } from './embedded-ipv4';
import { Prefix } from './prefix';

/** What an address of a never-allowed range is. */
export type RangeName =
  | 'unspecified'
  | 'loopback'
  | 'link-local'
  | 'link-local (cloud metadata)'
  | 'cloud metadata'
  | 'multicast'
  | 'reserved'
  | 'broadcast';

export interface NeverAllowedRange {
  readonly prefix: Prefix;
  readonly name: RangeName;
  /** Where the range is defined: an RFC section, or whose service lives there. */
  readonly clause: string;
}

/** The never-allowed range that an address falls in. */
export interface NeverAllowed {
  readonly range: NeverAllowedRange;
  /** Length of the range as a prefix of the address as it was given, so also of the IPv6 address that embeds IPv4. */
  readonly bits: number;
  /** The IPv4 address that is in the range, where the address itself is not. */
  readonly embedded?: EmbeddedIpv4;
}

/**
 * Ranges that no route opens: the relay's own host, its link, groups instead of hosts, and the services that hand a
 * cloud machine its credentials. Private addresses are not among them, because pods live there.
 */
export const NEVER_ALLOWED_RANGES: readonly NeverAllowedRange[] = [
  range('0.0.0.0/8', 'unspecified', 'RFC 1122 3.2.1.3'),
  range('127.0.0.0/8', 'loopback', 'RFC 1122 3.2.1.3'),
  range('169.254.0.0/16', 'link-local', 'RFC 3927 2.1'),
  range('169.254.169.254', 'link-local (cloud metadata)', 'RFC 3927 2.1'),
  range('224.0.0.0/4', 'multicast', 'RFC 5771 3'),
  range('240.0.0.0/4', 'reserved', 'RFC 1112 4'),
  range('255.255.255.255', 'broadcast', 'RFC 919 7'),
  range('::', 'unspecified', 'RFC 4291 2.5.2'),
  range('::1', 'loopback', 'RFC 4291 2.5.3'),
  range('fe80::/10', 'link-local', 'RFC 4291 2.5.6'),
  range('ff00::/8', 'multicast', 'RFC 4291 2.7'),
  range('fd00:ec2::/32', 'cloud metadata', 'Amazon EC2'),
  range('fd20:ce::254', 'cloud metadata', 'Google Compute Engine'),
  range('168.63.129.16', 'cloud metadata', 'Azure WireServer'),
  range('100.100.100.200', 'cloud metadata', 'Alibaba Cloud'),
  range('192.0.0.192', 'cloud metadata', 'Oracle Cloud'),
  range('fd00:c1::a9fe:a9fe', 'cloud metadata', 'Oracle Cloud'),
  range('fd00:42::42', 'cloud metadata', 'Scaleway'),
];

/** The longest never-allowed range that the address, or an IPv4 address embedded in it, falls in. The port is ignored. */
export function neverAllowed(endpoint: Endpoint): NeverAllowed | undefined {
  const matches = rangesOf(endpoint).map((range): NeverAllowed => ({ range, bits: range.prefix.bits }));
  for (const embedded of embeddedIpv4(endpoint)) {
    for (const range of rangesOf(embedded.address)) {
      matches.push({ range, embedded, bits: embeddedBits(embedded, range.prefix.bits) });
    }
  }
  return matches.sort((left, right) => right.bits - left.bits)[0];
}

/** `127.0.0.1 is loopback`, naming the embedded address if that is the culprit. */
export function describeNeverAllowed(endpoint: Endpoint, { range, embedded }: NeverAllowed): string {
  const subject = embedded
    ? `${endpoint.address} is ${embedded.form} for ${embedded.address.address}, which`
    : endpoint.address;
  return `${subject} is ${range.name}`;
}

function rangesOf(endpoint: Endpoint): NeverAllowedRange[] {
  return NEVER_ALLOWED_RANGES.filter(({ prefix }) => prefix.contains(endpoint));
}

function range(prefix: string, name: RangeName, clause: string): NeverAllowedRange {
  return { prefix: Prefix.parse(prefix), name, clause };
}
