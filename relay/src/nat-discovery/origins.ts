import { isIP } from 'node:net';
import { Endpoint } from '../net/endpoint';

/**
 * The four transport addresses of a server for NAT behaviour discovery (RFC 5780 6): each of two addresses with each of
 * two ports. They are named by number: bit 1 is the address, bit 0 the port.
 */
export type Origins = readonly [Endpoint, Endpoint, Endpoint, Endpoint];

export const OTHER_PORT = 1;
export const OTHER_ADDRESS = 2;

/**
 * Reads `ADDRESS,ADDRESS,PORT,PORT`.
 *
 * @throws RangeError unless it has two addresses of one family and two ports: with fewer, clients learn nothing.
 */
export function parseOrigins(text: string): Origins {
  const [first = '', second = '', ...ports] = text.split(',');
  const [port = 0, otherPort = 0] = ports.map(port => (/^\d{1,5}$/.test(port) ? Number(port) : 0));
  const valid =
    [first, second].every(isServerAddress) &&
    isIP(first) === isIP(second) &&
    !Endpoint.of(first).sameAddress(Endpoint.of(second)) &&
    ports.length === 2 &&
    [port, otherPort].every(number => number >= 1 && number <= 65_535) &&
    port !== otherPort;
  if (!valid) {
    throw new RangeError(
      `not enough for NAT discovery (got ${text}): two addresses of this host, of one family, and two ports, ` +
        'such as 192.0.2.1,192.0.2.2,3478,3479',
    );
  }
  const origin = (address: string, number: number): Endpoint => Endpoint.of(address, number);
  return [origin(first, port), origin(first, otherPort), origin(second, port), origin(second, otherPort)];
}

function isServerAddress(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%') && !Endpoint.of(address).isUnspecified;
}
