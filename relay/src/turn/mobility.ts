import { EndpointMap } from '../net/endpoint-map';
import type { Allocation } from './allocation';
import type { AllocationStore } from './allocation-store';
import { Deadline } from './deadline';
import type { Flow } from './flow';

/** How long a client may take from its Refresh by the new 5-tuple to the next packet by it. */
export const MOVE_MS = 30_000;
const TICKET_LENGTH = 16;
/** The newest, and the one before it: the answer that held the newest may have been lost. */
const VALID_TICKETS = 2;

/** A 5-tuple that has shown the ticket of an allocation, and is not in use yet. */
export interface Move {
  readonly flow: Flow;
  readonly deadline: Deadline;
}

/**
 * Allocations that follow their clients to another 5-tuple (RFC 8016). A ticket is random and means something in this
 * table only, so it can be neither read nor forged.
 *
 * Data goes to the old 5-tuple until the first packet by the new one; without it the move is off, and the ticket still
 * good. An allocation has one move at a time: the latest.
 */
export class Mobility {
  private readonly byTicket = new Map<string, Allocation>();
  private readonly moving: EndpointMap<Allocation>;

  constructor(
    hashSeed: number,
    private readonly store: AllocationStore,
    private readonly random: (size: number) => Uint8Array,
    private readonly moved: (allocation: Allocation, from: Flow) => void,
  ) {
    this.moving = new EndpointMap(hashSeed);
  }

  /** Lets an allocation move from now on. */
  enable(allocation: Allocation): void {
    const ticket = Buffer.from(this.random(TICKET_LENGTH)).toString('hex');
    allocation.tickets.push(ticket);
    this.byTicket.set(ticket, allocation);
    this.retire(allocation, VALID_TICKETS);
  }

  /** An allocation has come from a sibling, with the tickets that its client knows. */
  admit(allocation: Allocation, tickets: readonly string[]): void {
    allocation.tickets.push(...tickets);
    for (const ticket of tickets) this.byTicket.set(ticket, allocation);
  }

  /** The allocation that a ticket is for. */
  find(ticket: Uint8Array): Allocation | undefined {
    return this.byTicket.get(Buffer.from(ticket).toString('hex'));
  }

  /** A ticket was shown: there is a new one, unless it was the last but one: then the answer to it was lost. */
  renew(allocation: Allocation, shown: Uint8Array): void {
    if (Mobility.isNewest(allocation, shown)) this.enable(allocation);
  }

  static isNewest({ tickets }: Allocation, ticket: Uint8Array): boolean {
    return Buffer.from(ticket).toString('hex') === tickets.at(-1);
  }

  /** The value of MOBILITY-TICKET to answer with. */
  static ticketOf({ tickets }: Allocation): Uint8Array {
    return Buffer.from(tickets.at(-1)!, 'hex');
  }

  /** The allocation that is about to move to this 5-tuple. */
  movingTo(flow: Flow): Allocation | undefined {
    return this.moving.size === 0 ? undefined : this.moving.get(flow.socket, flow.client);
  }

  /** Gets ready for an allocation's client at another 5-tuple. */
  begin(allocation: Allocation, flow: Flow, now: number): void {
    const other = this.movingTo(flow);
    if (other !== undefined) this.abandon(other);
    this.abandon(allocation);
    const deadline = new Deadline(now + MOVE_MS, () => this.abandon(allocation));
    allocation.move = { flow: flow.isStream ? flow : flow.clone(), deadline };
    this.moving.set(flow.socket, flow.client, allocation);
    this.store.start(deadline);
  }

  /** A packet came by a 5-tuple without an allocation: if one is about to move there, it does now. */
  arrive(flow: Flow): Allocation | undefined {
    const allocation = this.movingTo(flow);
    if (allocation === undefined) return undefined;
    const from = allocation.flow;
    const to = allocation.move!.flow;
    this.abandon(allocation);
    this.retire(allocation, 1);
    this.store.rehome(allocation, to);
    this.moved(allocation, from);
    return allocation;
  }

  /** A move comes to nothing. */
  abandon(allocation: Allocation): void {
    const { move } = allocation;
    if (move === undefined) return;
    this.store.cancel(move.deadline);
    this.moving.delete(move.flow.socket, move.flow.client);
    allocation.move = undefined;
  }

  /** The allocation has ended. */
  forget(allocation: Allocation): void {
    this.abandon(allocation);
    this.retire(allocation, 0);
  }

  private retire(allocation: Allocation, kept: number): void {
    const { tickets } = allocation;
    for (const ticket of tickets.splice(0, tickets.length - kept)) this.byTicket.delete(ticket);
  }
}
