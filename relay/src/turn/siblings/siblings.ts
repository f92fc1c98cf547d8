import { Attribute, ErrorCode, MessageClass, REASON_PHRASES } from '../../stun/constants';
import type { Allocation } from '../allocation';
import type { TurnContext } from '../context';
import { Flow } from '../flow';
import { MOVE_MS } from '../mobility';
import { activate, giveUp } from '../opening';
import { replyLater } from '../reply';
import type { Request } from '../request';
import { allocationOf, allocationRecord, type AllocationRecord } from './allocation-record';
import { Arrivals, type Arrival } from './arrivals';
import { Questions } from './questions';
import { endpoint, plain, relayOf, relayRecord, type FlowRecord } from './records';
import { handlesOf, type SiblingAnswer, type SiblingQuestion, type SiblingSink } from './sibling-sink';

/** What the server does for its `Siblings`. */
export interface SiblingServer {
  handleClient(flow: Flow, bytes: Uint8Array, now: number): void;
  /** A sibling has given something; it may be wanted no more. */
  giftCame(): unknown;
}

const NONE: SiblingAnswer = { kind: 'none' };

/**
 * The cores of the other threads. An allocation lives in the core that the kernel gives its client's packets to; what a
 * client left with another core, a reserved transport address (RFC 8656 7.2) or an allocation that follows its client
 * (RFC 8016), comes over with its bound sockets. Nothing that is here already is asked for, and no packet crosses.
 */
export class Siblings {
  private readonly questions: Questions;
  private readonly arrivals: Arrivals;

  constructor(
    private readonly context: TurnContext,
    private readonly sink: SiblingSink,
    private readonly server: SiblingServer,
    hashSeed: number,
    now: number,
  ) {
    this.questions = new Questions(context.store, sink, now);
    this.arrivals = new Arrivals(hashSeed, context.store);
  }

  /** Whether a claim may be asked for now; if not, the client asks again, and is not answered until then. */
  admitsClaim(now: number): boolean {
    return this.questions.admit(now);
  }

  /** A sibling asks. What is given away is its own from the moment that this returns. */
  asked(question: SiblingQuestion, asker: number, now: number): SiblingAnswer {
    if (question.kind === 'claim') return this.giveRelay(question, asker);
    const flow = this.flowOf(question.at);
    if (flow === undefined) return NONE;
    const allocation = this.context.mobility.find(Buffer.from(question.ticket, 'hex'));
    if (allocation === undefined) return NONE;
    if (question.kind === 'take') return this.giveAllocation(allocation, flow, asker, now);

    this.server.handleClient(flow, question.message, now);
    if (this.context.mobility.movingTo(flow) === allocation) return { kind: 'moving' };
    // Not given away yet: while it was on its way, a question that is late could find it where it goes, too.
    return { kind: this.context.store.find(flow) === allocation ? 'moved' : 'handled' };
  }

  /** Answers `SiblingSink.ask`. What an answer gives that nobody waits for any more is closed. */
  answered(id: number, answer: SiblingAnswer, now: number): void {
    if (!this.questions.settle(id, answer, now)) this.dispose(answer);
    if (handlesOf(answer).length > 0) this.server.giftCame();
  }

  /** Asks for a reserved transport address, for an allocation that waits for it. */
  claim(allocation: Allocation, token: string, now: number): void {
    const { identity, flow } = allocation;
    const question = { kind: 'claim', token, userId: identity.userId, listener: flow.listener } as const;
    this.questions.ask(question, now, (answer, at) => {
      if (allocation.state !== 'opening') return this.dispose(answer);
      if (answer?.kind !== 'relay') return giveUp(this.context, allocation);
      const relay = relayOf(answer.relay, allocation);
      allocation.relays.push(relay);
      this.sink.adopt(relay);
      activate(this.context, allocation, at);
    });
  }

  /** Refresh with a ticket that is not known here, by an authenticated client without allocation (RFC 8016 3.2). */
  resume(request: Request): void {
    const { message, flow, now, identity } = request;
    const known = this.arrivals.find(flow);
    // The answer is on its way.
    if (known?.state === 'asking') return;
    if (known?.state === 'taking') return this.hold(known, message.bytes, message.offset, message.length);
    if (this.arrivals.isFull || !this.questions.admit(now)) return this.context.counters.drop('too-many-questions');

    const ticket = Buffer.from(message.value(message.find(Attribute.MobilityTicket))).toString('hex');
    const arrival = this.arrivals.begin(flow, identity!.userId, ticket);
    const to = { ...replyLater(request), flow: arrival.flow };
    const question = {
      kind: 'resume',
      ticket,
      at: this.flowRecord(flow),
      message: Uint8Array.from(message.bytes.subarray(message.offset, message.offset + message.length)),
    } as const;
    this.questions.ask(question, now, (answer, at) => {
      if (!this.arrivals.isCurrent(arrival)) return;
      const isComing = answer?.kind === 'moving' || answer?.kind === 'moved';
      if (!isComing) this.arrivals.forget(arrival);
      else this.expect(arrival, answer.kind === 'moved', at);
      if (answer?.kind !== 'none') return;
      this.context.reply.send(to, MessageClass.Error, writer =>
        writer.errorCode(ErrorCode.AllocationMismatch, REASON_PHRASES[437]),
      );
    });
  }

  /**
   * A packet came by a 5-tuple without an allocation. If one is expected there, it comes over, and the packet waits for it.
   *
   * @param userId who sent it; undefined if it carries no credential, as data do not
   * @returns whether the packet has been seen to
   */
  arrives(
    flow: Flow,
    userId: string | undefined,
    bytes: Uint8Array,
    offset: number,
    length: number,
    now: number,
  ): boolean {
    const arrival = this.arrivals.find(flow);
    if (arrival === undefined) return false;
    if (userId !== undefined && userId !== arrival.userId) return false;
    this.hold(arrival, bytes, offset, length);
    if (arrival.state === 'expected') this.take(arrival, now);
    return true;
  }

  /** Whether an allocation of a sibling may come to this 5-tuple. */
  isExpected(flow: Flow): boolean {
    return this.arrivals.find(flow) !== undefined;
  }

  /** Listeners have gone, and whoever was to arrive there. */
  forgetUnless(listenerStays: (listener: string) => boolean): void {
    this.arrivals.forgetUnless(listenerStays);
  }

  private expect(arrival: Arrival, hasMoved: boolean, now: number): void {
    this.arrivals.expect(arrival, now + MOVE_MS);
    if (hasMoved || arrival.held.length > 0) this.take(arrival, now);
  }

  private take(arrival: Arrival, now: number): void {
    // The next packet tries again.
    if (!this.questions.admit(now)) return;
    arrival.state = 'taking';
    const { flow, ticket } = arrival;
    const question = { kind: 'take', ticket, at: this.flowRecord(flow) } as const;
    this.questions.ask(question, now, (answer, at) => {
      if (!this.arrivals.isCurrent(arrival)) return this.dispose(answer);
      if (answer?.kind === 'allocation') this.arrived(arrival, answer.allocation, at);
      else this.arrivals.forget(arrival);
    });
  }

  /** The allocation is here from now on, and what its client has sent since is handled. */
  private arrived(arrival: Arrival, record: AllocationRecord, now: number): void {
    this.arrivals.forget(arrival);
    const allocation = allocationOf(this.context, record, arrival.flow, now);
    for (const relay of allocation.relays) this.sink.adopt(relay);
    for (const packet of arrival.held) this.server.handleClient(arrival.flow, packet, now);
  }

  private flowRecord(flow: Flow): FlowRecord {
    const server = this.sink.serverOf(flow);
    return { listener: flow.listener, client: plain(flow.client), server: server && plain(server) };
  }

  /** The same 5-tuple in this core, if its listener is open here. */
  private flowOf({ listener, client: plainClient, server }: FlowRecord): Flow | undefined {
    const client = endpoint(plainClient);
    const socket = this.sink.socketOf(listener, client, server && endpoint(server));
    return socket === undefined ? undefined : new Flow('udp', listener, socket, client);
  }

  private hold(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    if (!this.arrivals.hold(arrival, bytes, offset, length)) this.context.counters.drop('no-allocation');
  }

  private giveRelay({ token, userId, listener }: SiblingQuestion & { kind: 'claim' }, asker: number): SiblingAnswer {
    const relay = this.context.reservations.give(token, userId, listener);
    if (relay === undefined) return NONE;
    const record = relayRecord(relay);
    this.sink.letGo(relay, asker);
    return { kind: 'relay', relay: record };
  }

  private giveAllocation(allocation: Allocation, flow: Flow, asker: number, now: number): SiblingAnswer {
    const { store, mobility } = this.context;
    if (mobility.movingTo(flow) === allocation) mobility.arrive(flow);
    if (store.find(flow) !== allocation || allocation.state !== 'active') return NONE;
    const record = allocationRecord(allocation, now);
    mobility.forget(allocation);
    store.delete(allocation);
    for (const relay of allocation.relays) this.sink.letGo(relay, asker);
    return { kind: 'allocation', allocation: record };
  }

  private dispose(answer: SiblingAnswer | undefined): void {
    for (const handle of handlesOf(answer)) this.sink.discard(handle);
  }
}
