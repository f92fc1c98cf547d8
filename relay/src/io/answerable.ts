import type { Endpoint } from '../net/endpoint';

/** Whether a datagram's source can be answered: it has a port, and is not link-local, which would need a zone (fe80::/10). */
export function isAnswerable({ a, port }: Endpoint): boolean {
  return port !== 0 && a >>> 22 !== 0x3fa;
}
