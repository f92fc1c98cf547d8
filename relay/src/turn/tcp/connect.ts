import { Endpoint } from '../../net/endpoint';
import { Attribute, ErrorCode } from '../../stun/constants';
import type { Allocation } from '../allocation';
import { authorizePeerPort } from '../authorize-peer';
import type { TurnContext } from '../context';
import { replyLater } from '../reply';
import type { Request } from '../request';
import { connectionFits } from './connection-limits';
import type { ConnectionTable } from './connection-table';

/** Connect (RFC 6062 5.2). The answer waits for the peer. */
export function handleConnect(
  context: TurnContext,
  table: ConnectionTable,
  request: Request,
  allocation: Allocation,
): void {
  const { message, now } = request;
  const { reply, events, store, sink } = context;

  const { connections } = allocation;
  if (connections === undefined) return reply.error(request, ErrorCode.Forbidden);

  const address = message.find(Attribute.XorPeerAddress);
  const peer = new Endpoint();
  if (address < 0 || !message.xorAddress(address, peer) || peer.port === 0)
    return reply.error(request, ErrorCode.BadRequest);
  const relay = allocation.relayFor(peer);
  if (relay === undefined) return reply.error(request, ErrorCode.PeerAddressFamilyMismatch);

  // One that the peer opened counts as well: both would be the same pair of transport addresses.
  for (const connection of connections) {
    if (connection.peer.equals(peer)) return reply.error(request, ErrorCode.ConnectionAlreadyExists);
  }
  const decision = authorizePeerPort(context, allocation, peer);
  if (!decision.allowed) {
    events.peerDenied(allocation, peer, 'Connect', decision);
    return reply.error(request, ErrorCode.Forbidden);
  }
  if (!connectionFits(context, table, allocation)) return reply.error(request, ErrorCode.InsufficientCapacity);

  const route = store.routes.of(decision.routes[0]!);
  const connection = table.open(relay, peer, route, now, replyLater(request));
  sink.tcp?.connect(connection);
}
