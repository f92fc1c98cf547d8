import { EndpointMap } from '../../net/endpoint-map';
import type { AllocationStore } from '../allocation-store';
import { Deadline } from '../deadline';
import type { Flow } from '../flow';

/** A client that another core knows: what it sends before its allocation is here waits, up to so much. */
const MAX_HELD = 32;
const MAX_HELD_BYTES = 32 * 1024;
const MAX_ARRIVALS = 1024;

/**
 * A 5-tuple that has shown a ticket to this core, while the allocation is another's.
 * - `asking`: the siblings are asked whose the ticket is.
 * - `expected`: one of them has answered the client; the first packet brings the allocation here.
 * - `taking`: that packet has come, and the allocation is asked for.
 */
export interface Arrival {
  state: 'asking' | 'expected' | 'taking';
  readonly flow: Flow;
  readonly userId: string;
  /** The one shown. */
  readonly ticket: string;
  readonly held: Uint8Array[];
  heldBytes: number;
  deadline: Deadline | undefined;
}

/** Clients that are expected to come over from siblings (RFC 8016), by 5-tuple. */
export class Arrivals {
  private readonly byFlow: EndpointMap<Arrival>;

  constructor(
    hashSeed: number,
    private readonly store: AllocationStore,
  ) {
    this.byFlow = new EndpointMap(hashSeed);
  }

  get size(): number {
    return this.byFlow.size;
  }

  get isFull(): boolean {
    return this.byFlow.size >= MAX_ARRIVALS;
  }

  find(flow: Flow): Arrival | undefined {
    return this.byFlow.size === 0 ? undefined : this.byFlow.get(flow.socket, flow.client);
  }

  /** A client has shown a ticket that this core does not know. */
  begin(flow: Flow, userId: string, ticket: string): Arrival {
    const known = this.find(flow);
    if (known !== undefined) this.forget(known);
    const arrival: Arrival = {
      state: 'asking',
      flow: flow.clone(),
      userId,
      ticket,
      held: [],
      heldBytes: 0,
      deadline: undefined,
    };
    this.byFlow.set(flow.socket, flow.client, arrival);
    return arrival;
  }

  /** The client has its answer, and comes within that time or not at all. */
  expect(arrival: Arrival, until: number): void {
    arrival.state = 'expected';
    arrival.deadline = new Deadline(until, () => this.forget(arrival));
    this.store.start(arrival.deadline);
  }

  /** Keeps a copy of a packet until the allocation is here. False if there is no room: it is lost. */
  hold(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): boolean {
    if (arrival.held.length >= MAX_HELD || arrival.heldBytes + length > MAX_HELD_BYTES) return false;
    arrival.held.push(Uint8Array.from(bytes.subarray(offset, offset + length)));
    arrival.heldBytes += length;
    return true;
  }

  /** Whether it still counts: its listener may be gone, or the client may have begun anew. */
  isCurrent(arrival: Arrival): boolean {
    return this.find(arrival.flow) === arrival;
  }

  forget(arrival: Arrival): void {
    if (arrival.deadline !== undefined) this.store.cancel(arrival.deadline);
    if (this.isCurrent(arrival)) this.byFlow.delete(arrival.flow.socket, arrival.flow.client);
  }

  /** Listeners have gone. */
  forgetUnless(listenerStays: (listener: string) => boolean): void {
    for (const arrival of [...this.byFlow.values()]) {
      if (!listenerStays(arrival.flow.listener)) this.forget(arrival);
    }
  }
}
