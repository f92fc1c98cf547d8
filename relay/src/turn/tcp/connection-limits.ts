import type { Allocation } from '../allocation';
import type { TurnContext } from '../context';
import type { ConnectionTable } from './connection-table';

/** May this allocation have one more data connection? Each takes a socket, as an allocation does. */
export function connectionFits(
  { settings }: TurnContext,
  table: ConnectionTable,
  { connections }: Allocation,
): boolean {
  const { limits } = settings;
  return connections !== undefined && connections.size < limits.connections && table.size < limits.allocations;
}
