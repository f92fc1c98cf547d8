import { AddressFamily, Attribute, ErrorCode, MessageClass, Method, REASON_PHRASES } from '../stun/constants';
import type { Allocation, RefusedFamily } from './allocation';
import type { TurnContext } from './context';
import { Mobility } from './mobility';
import type { RelayedTransport } from './relayed-transport';
import type { ReplyTo } from './reply';

/** I/O has bound a relay socket. With the last of them the allocation comes to life. */
export function relayOpened(context: TurnContext, relay: RelayedTransport, now: number): void {
  const { allocation } = relay;
  if (allocation.state !== 'opening') return;
  if (relay.next !== undefined) allocation.reservationToken = context.reservations.hold(relay.next, now);
  answered(context, allocation, now);
}

/** A relay socket cannot be had: a dual allocation may go on without it, another is refused. */
export function relayFailed(context: TurnContext, relay: RelayedTransport, now: number): void {
  const { allocation } = relay;
  if (allocation.state !== 'opening') return;
  allocation.relays.splice(allocation.relays.indexOf(relay), 1);
  allocation.refusedFamilies.push({ family: relay.family, code: ErrorCode.InsufficientCapacity });
  context.events.relayFailed(relay);
  answered(context, allocation, now);
}

/** The allocation lives from now on. */
export function activate(context: TurnContext, allocation: Allocation, now: number): void {
  allocation.state = 'active';
  context.store.keep(allocation, allocation.request.lifetime, now);
  context.events.allocationCreated(allocation);
  answer(context, allocation, now);
}

/** The success response; a retransmission gets it again. */
export function answer({ reply }: TurnContext, allocation: Allocation, now: number): void {
  const { relays, refusedFamilies, reservationToken, tickets, flow, expiresAt } = allocation;
  reply.send(addressee(allocation), MessageClass.Success, writer => {
    for (const relay of relays) writer.xorAddress(Attribute.XorRelayedAddress, relay.address);
    writer.uint32(Attribute.Lifetime, Math.max(0, Math.ceil((expiresAt - now) / 1000)));
    if (reservationToken !== undefined) writer.bytes(Attribute.ReservationToken, reservationToken);
    for (const refused of refusedFamilies) writer.uint32(Attribute.AddressErrorCode, addressErrorCode(refused));
    if (tickets.length > 0) writer.bytes(Attribute.MobilityTicket, Mobility.ticketOf(allocation));
    writer.xorAddress(Attribute.XorMappedAddress, flow.client);
  });
}

function answered(context: TurnContext, allocation: Allocation, now: number): void {
  allocation.unanswered--;
  if (allocation.unanswered > 0) return;
  if (allocation.relays.length > 0) return activate(context, allocation, now);
  context.counters.refuse('no relay socket');
  giveUp(context, allocation);
}

/** There is no relayed transport address for it: 508, and the allocation was never there. */
export function giveUp(context: TurnContext, allocation: Allocation): void {
  context.mobility.forget(allocation);
  context.store.delete(allocation);
  context.reply.send(addressee(allocation), MessageClass.Error, writer =>
    writer.errorCode(ErrorCode.InsufficientCapacity, REASON_PHRASES[508]),
  );
}

/** The value of ADDRESS-ERROR-CODE (RFC 8656 18.12), without a phrase. */
function addressErrorCode({ family, code }: RefusedFamily): number {
  const familyByte = family === 4 ? AddressFamily.Ipv4 : AddressFamily.Ipv6;
  return (familyByte << 24) | (Math.trunc(code / 100) << 8) | (code % 100);
}

function addressee({ flow, request }: Allocation): ReplyTo {
  return { ...request, flow, method: Method.Allocate, transactionOffset: 0 };
}
