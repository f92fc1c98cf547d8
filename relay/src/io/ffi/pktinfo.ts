import type { Endpoint } from '../../net/endpoint';
import { CMSG, IN6_PKTINFO, IN_PKTINFO, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, IP_PKTINFO } from './linux';
import type { Family } from './sockaddr';

/** Bytes of a control message that names a local address, of either family. */
export const PKTINFO_SPACE = 40;

/** Bytes of it for one family. */
export function pktinfoSpace(family: Family): number {
  return family === 4 ? 32 : 40;
}

/** Writes the control message that sends a datagram from this address of the host; the interface is the route's. */
export function writePktinfo(view: DataView, at: number, family: Family, { a, b, c, d }: Endpoint): void {
  const isIpv4 = family === 4;
  const data = at + CMSG.data;
  view.setUint32(at + CMSG.length, CMSG.data + (isIpv4 ? IN_PKTINFO.size : IN6_PKTINFO.size), true);
  view.setUint32(at + CMSG.length + 4, 0, true);
  view.setInt32(at + CMSG.level, isIpv4 ? IPPROTO_IP : IPPROTO_IPV6, true);
  view.setInt32(at + CMSG.type, isIpv4 ? IP_PKTINFO : IPV6_PKTINFO, true);
  for (let i = 0; i < PKTINFO_SPACE - CMSG.data; i += 4) view.setUint32(data + i, 0, true);
  if (isIpv4) {
    view.setInt32(data + IN_PKTINFO.local, d);
    return;
  }
  view.setInt32(data + IN6_PKTINFO.local, a);
  view.setInt32(data + IN6_PKTINFO.local + 4, b);
  view.setInt32(data + IN6_PKTINFO.local + 8, c);
  view.setInt32(data + IN6_PKTINFO.local + 12, d);
}

/** Sets `into` to the local address that a control message names. False if it is another message, or none. */
export function readPktinfo(view: DataView, at: number, length: number, family: Family, into: Endpoint): boolean {
  if (length < CMSG.data + (family === 4 ? IN_PKTINFO.size : IN6_PKTINFO.size)) return false;
  const level = view.getInt32(at + CMSG.level, true);
  const type = view.getInt32(at + CMSG.type, true);
  const data = at + CMSG.data;
  if (family === 4) {
    if (level !== IPPROTO_IP || type !== IP_PKTINFO) return false;
    into.setIpv4(view.getInt32(data + IN_PKTINFO.local), 0);
    return true;
  }
  if (level !== IPPROTO_IPV6 || type !== IPV6_PKTINFO) return false;
  const address = data + IN6_PKTINFO.local;
  into.setWords(
    view.getInt32(address),
    view.getInt32(address + 4),
    view.getInt32(address + 8),
    view.getInt32(address + 12),
    0,
  );
  return true;
}
