import type { Endpoint } from '../../net/endpoint';
import { AF_INET, AF_INET6, SOCKADDR_IN, SOCKADDR_IN6 } from './linux';

/** Bytes that hold an address of either family. */
export const SOCKADDR_SPACE = 32;

export type Family = 4 | 6;

export function sockaddrLength(family: Family): number {
  return family === 4 ? SOCKADDR_IN.size : SOCKADDR_IN6.size;
}

/** Writes the address as the family of a socket has it. IPv4 in the IPv6 form is IPv4-mapped. */
export function writeSockaddr(view: DataView, at: number, family: Family, endpoint: Endpoint): void {
  const { a, b, c, d, port } = endpoint;
  if (family === 4) {
    view.setUint16(at, AF_INET, true);
    view.setUint16(at + SOCKADDR_IN.port, port);
    view.setInt32(at + SOCKADDR_IN.address, d);
    return;
  }
  view.setUint16(at, AF_INET6, true);
  view.setUint16(at + SOCKADDR_IN6.port, port);
  view.setUint32(at + SOCKADDR_IN6.flow, 0);
  view.setInt32(at + SOCKADDR_IN6.address, a);
  view.setInt32(at + SOCKADDR_IN6.address + 4, b);
  view.setInt32(at + SOCKADDR_IN6.address + 8, c);
  view.setInt32(at + SOCKADDR_IN6.address + 12, d);
  view.setUint32(at + SOCKADDR_IN6.scope, 0);
}

/** Reads what a socket of this family has received from. */
export function readSockaddr(view: DataView, at: number, family: Family, into: Endpoint): void {
  if (family === 4) {
    into.a = 0;
    into.b = 0;
    into.c = 0xffff;
    into.d = view.getInt32(at + SOCKADDR_IN.address);
    into.port = view.getUint16(at + SOCKADDR_IN.port);
    return;
  }
  into.a = view.getInt32(at + SOCKADDR_IN6.address);
  into.b = view.getInt32(at + SOCKADDR_IN6.address + 4);
  into.c = view.getInt32(at + SOCKADDR_IN6.address + 8);
  into.d = view.getInt32(at + SOCKADDR_IN6.address + 12);
  into.port = view.getUint16(at + SOCKADDR_IN6.port);
}
