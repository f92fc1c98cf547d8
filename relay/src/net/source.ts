import type { Endpoint } from './endpoint';

/** Where a client comes from, for limits: an IPv4 address, or the /64 that one IPv6 host has all of. */
export function sourceOf({ a, b, d, isIpv4 }: Endpoint): string {
  return isIpv4 ? `${d}` : `${a}:${b}`;
}
