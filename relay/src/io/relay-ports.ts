import type { RelayPorts } from '../turn/relayed-transport';
import type { PortRange } from './datagram';

/** The ports of a range that a relayed transport address may have. */
export interface PortChoices {
  /** How many there are; there may be none. */
  readonly count: number;
  /** The one with this number, round and round. */
  port(number: number): number;
}

/** Even ports, and the lower one of a pair, are every other (RFC 8656 7.2). */
export function portChoices({ min, max }: PortRange, ports: RelayPorts): PortChoices {
  const step = ports === 'any' ? 1 : 2;
  const first = ports === 'any' ? min : min + (min % 2);
  const last = ports === 'even-and-next' ? max - 1 : max;
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  return { count, port: number => first + step * (number % count) };
}
