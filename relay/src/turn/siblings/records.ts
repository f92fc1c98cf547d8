import { Endpoint } from '../../net/endpoint';
import type { Allocation } from '../allocation';
import { RelayedTransport } from '../relayed-transport';

/** A transport address as plain data. */
export type PlainEndpoint = Pick<Endpoint, 'a' | 'b' | 'c' | 'd' | 'port'>;

/** A client's 5-tuple, whose listening socket has another number in each core. */
export interface FlowRecord {
  readonly listener: string;
  readonly client: PlainEndpoint;
  readonly server: PlainEndpoint | undefined;
}

/** A relayed transport address on its way to another core. Handles mean the same to I/O in every thread. */
export interface RelayRecord {
  readonly family: 4 | 6;
  readonly address: PlainEndpoint;
  readonly handle: number;
}

export function plain({ a, b, c, d, port }: Endpoint): PlainEndpoint {
  return { a, b, c, d, port };
}

export function endpoint({ a, b, c, d, port }: PlainEndpoint): Endpoint {
  return new Endpoint().setWords(a, b, c, d, port);
}

export function relayRecord({ family, address, handle }: RelayedTransport): RelayRecord {
  return { family, address: plain(address), handle };
}

/** The same relayed transport address as this core's; I/O has yet to adopt it. */
export function relayOf({ family, address, handle }: RelayRecord, allocation: Allocation): RelayedTransport {
  const relay = new RelayedTransport(allocation, family, allocation.flow.listener);
  relay.address.copyFrom(endpoint(address));
  relay.handle = handle;
  return relay;
}
