import { Attribute, ErrorCode } from '../../stun/constants';
import type { TurnContext } from '../context';
import type { Request } from '../request';
import type { ConnectionTable } from './connection-table';

/**
 * ConnectionBind (RFC 6062 5.4), on a connection of its own: from its answer on that is the client data connection, and
 * carries the peer's bytes as they are.
 */
export function handleConnectionBind(context: TurnContext, table: ConnectionTable, request: Request): void {
  const { message, flow, identity } = request;
  const { reply, store, sink } = context;

  const index = message.find(Attribute.ConnectionId);
  const id = message.uint32(Attribute.ConnectionId);
  if (!flow.isStream || id === undefined || message.valueLength(index) !== 4 || store.find(flow) !== undefined)
    return reply.error(request, ErrorCode.BadRequest);

  const connection = table.find(id);
  if (connection?.state !== 'waiting') return reply.error(request, ErrorCode.BadRequest);
  // The credentials must be those of the control connection (RFC 6062 5.4).
  if (connection.allocation.identity.userId !== identity?.userId)
    return reply.error(request, ErrorCode.WrongCredentials);

  connection.state = 'bound';
  table.stopTimeout(connection);
  reply.success(request);
  sink.tcp?.join(connection, flow);
}
