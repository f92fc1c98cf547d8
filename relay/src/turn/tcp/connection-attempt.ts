import type { Endpoint } from '../../net/endpoint';
import { Attribute, MessageClass, Method } from '../../stun/constants';
import type { Allocation } from '../allocation';
import type { TurnContext } from '../context';
import type { RelayedTransport } from '../relayed-transport';
import { connectionFits } from './connection-limits';
import type { ConnectionTable } from './connection-table';
import type { DataConnection } from './data-connection';

/**
 * A peer has connected to a relayed transport address (RFC 6062 5.3). With a permission, the client is told by a
 * ConnectionAttempt indication; without one the connection is to be closed, which undefined says.
 */
export function peerAccepted(
  context: TurnContext,
  table: ConnectionTable,
  relay: RelayedTransport,
  peer: Endpoint,
  now: number,
): DataConnection | undefined {
  const { store, counters } = context;
  const { allocation } = relay;
  const permission = store.findPermission(allocation, peer);
  if (permission === undefined || permission.expiresAt <= now) counters.drop('no-permission');
  else if (!permission.ports.has(peer.port)) counters.drop('port-not-routed');
  else if (!connectionFits(context, table, allocation)) counters.drop('too-many-connections');
  else {
    const connection = table.open(relay, peer.clone(), permission.traffic, now);
    tellClient(context, allocation, connection);
    return connection;
  }
  return undefined;
}

function tellClient({ reply, random }: TurnContext, { flow, request }: Allocation, { peer, id }: DataConnection): void {
  const { integrity, fingerprint } = request;
  const addressee = { flow, key: undefined, integrity, fingerprint, transactionId: random(12), transactionOffset: 0 };
  reply.send({ ...addressee, method: Method.ConnectionAttempt }, MessageClass.Indication, writer => {
    writer.xorAddress(Attribute.XorPeerAddress, peer);
    writer.uint32(Attribute.ConnectionId, id);
  });
}
