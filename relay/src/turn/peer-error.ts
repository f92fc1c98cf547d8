import type { Endpoint } from '../net/endpoint';
import { Attribute, MessageClass, Method } from '../stun/constants';
import type { TurnContext } from './context';
import type { RelayedTransport } from './relayed-transport';
import { TokenBucket } from './token-bucket';

/** ICMP errors that one allocation is told of in a second: enough to find the path MTU, too few to amplify anything. */
const ERRORS_PER_SECOND = 10;

const DESTINATION_UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const PACKET_TOO_BIG = 2;
/** Destination unreachable and time exceeded; for IPv6 packet too big as well (RFC 8656 11.5). */
const TOLD_OF_IPV4: ReadonlySet<number> = new Set([DESTINATION_UNREACHABLE, 11]);
const TOLD_OF_IPV6: ReadonlySet<number> = new Set([1, PACKET_TOO_BIG, 3]);

/**
 * An ICMP error for what a relay sent to a peer: the client gets a Data indication with the attribute ICMP and without
 * DATA (RFC 8656 11.5), if it has a permission for the peer.
 */
export function relayPeerError(
  { store, reply, random, counters }: TurnContext,
  { allocation, family }: RelayedTransport,
  peer: Endpoint,
  type: number,
  code: number,
  data: number,
  now: number,
): void {
  if (!(family === 4 ? TOLD_OF_IPV4 : TOLD_OF_IPV6).has(type)) return;
  if (allocation.state !== 'active') return counters.drop('no-allocation');
  const permission = store.findPermission(allocation, peer);
  if (permission === undefined || permission.expiresAt <= now) return counters.drop('no-permission');
  if (!permission.ports.has(peer.port)) return counters.drop('port-not-routed');
  allocation.peerErrors ??= new TokenBucket(ERRORS_PER_SECOND, ERRORS_PER_SECOND, now);
  if (!allocation.peerErrors.take(1, now)) return counters.drop('rate-limited');

  const { flow } = allocation;
  const transactionId = random(12);
  const to = { ...allocation.request, flow, method: Method.Data, transactionId, transactionOffset: 0 };
  reply.send({ ...to, key: undefined, fingerprint: false }, MessageClass.Indication, writer =>
    writer.xorAddress(Attribute.XorPeerAddress, peer).bytes(Attribute.Icmp, icmpValue(family, type, code, data)),
  );
}

/** RFC 8656 18.13: the data is the next hop's MTU where the packet was too big, else 0. */
function icmpValue(family: 4 | 6, type: number, code: number, data: number): Uint8Array {
  const tooBig =
    family === 4 ? type === DESTINATION_UNREACHABLE && code === FRAGMENTATION_NEEDED : type === PACKET_TOO_BIG;
  const value = Buffer.alloc(8);
  value.writeUInt8(type, 2);
  value.writeUInt8(code, 3);
  value.writeUInt32BE(tooBig ? data >>> 0 : 0, 4);
  return value;
}
