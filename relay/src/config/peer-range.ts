import { Prefix } from '../peer/prefix';
import { quote } from './field';
import type { PeerRange } from './relay-config';

export const ALL_PORTS = { minPort: 1, maxPort: 65535 } as const;

/** An address or prefix with the ports it opens, `<` and `>` standing for themselves. */
const ENDPOINT = /^(?<prefix>[0-9A-Fa-f:./]{2,64}?)(?::<(?<min>\d{1,5})-(?<max>\d{1,5})>)?$/;

/** A range as read. */
export interface ParsedRange {
  readonly range: PeerRange;
  /** Whether the text named the ports. */
  readonly ports: boolean;
  /** What to tell its author; the range is in force as it is here. */
  readonly warning?: string;
}

/**
 * Reads `IP|CIDR[:<min-max>]`, such as `10.244.1.7:<5004-5004>`; without the suffix all ports are open. A prefix with
 * bits set behind its length, such as `10.0.0.1/8`, is the block around the address, as stunnerd takes it.
 *
 * @throws RangeError if the prefix does not parse or the ports are not 1 to 65535 in order.
 */
export function parsePeerRange(text: string): ParsedRange {
  const { prefix: written, min, max } = ENDPOINT.exec(text)?.groups ?? {};
  if (written === undefined) {
    throw new RangeError(`not a peer (got ${quote(text)}): an IP address or CIDR prefix, then ":<min-max>" if need be`);
  }
  const { prefix, ...warning } = blockAround(written);
  if (min === undefined || max === undefined) return { range: { prefix, ...ALL_PORTS }, ports: false, ...warning };
  const range = { prefix, minPort: Number(min), maxPort: Number(max) };
  if (!arePorts(range)) throw new RangeError(`wrong ports (got ${quote(text)}): 1 to 65535, min no more than max`);
  return { range, ports: true, ...warning };
}

function blockAround(written: string): { readonly prefix: string; readonly warning?: string } {
  const block = Prefix.parseAround(written);
  if (isPrefix(written)) return { prefix: written };
  const [address = ''] = written.split('/');
  const prefix = block.toString();
  const warning = `bits set behind the prefix length (got ${written}): taken as ${prefix}; write that, or ${address} for one address`;
  return { prefix, warning };
}

/** Whether the ports of a range are 1 to 65535 and in order. */
export function arePorts({ minPort, maxPort }: Pick<PeerRange, 'minPort' | 'maxPort'>): boolean {
  return [minPort, maxPort].every(port => Number.isInteger(port) && port >= 1 && port <= 65535) && minPort <= maxPort;
}

export function isPrefix(text: string): boolean {
  try {
    Prefix.parse(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The ranges, each once, in one order. */
export function sortedPeers(peers: readonly PeerRange[]): readonly PeerRange[] {
  const byText = new Map(peers.map(peer => [`${peer.prefix}:${peer.minPort}-${peer.maxPort}`, peer]));
  return [...byText.keys()].sort().map(text => byText.get(text)!);
}
