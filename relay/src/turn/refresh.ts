import { AddressFamily, Attribute, ErrorCode } from '../stun/constants';
import type { Allocation } from './allocation';
import type { TurnContext } from './context';
import { grantedLifetime } from './lifetime';
import { Mobility } from './mobility';
import type { RelayedTransport } from './relayed-transport';
import type { Request } from './request';

/** Ends relayed transport addresses of an allocation, and the allocation with the last of them. */
export type ReleaseRelays = (allocation: Allocation, relays: readonly RelayedTransport[]) => void;

/** Refresh (RFC 8656 8.2): a new lifetime, or with 0 the end; of one family of a dual allocation, if it names one. */
export function handleRefresh(
  context: TurnContext,
  request: Request,
  allocation: Allocation,
  release: ReleaseRelays,
): void {
  const { message, now } = request;
  const { reply, settings, store, mobility } = context;

  const ticket = message.find(Attribute.MobilityTicket);
  if (ticket >= 0) {
    if (settings.mobility !== true) return reply.error(request, ErrorCode.MobilityForbidden);
    if (mobility.find(message.value(ticket)) !== allocation) return reply.error(request, ErrorCode.AllocationMismatch);
  }
  const family = message.find(Attribute.RequestedAddressFamily);
  if (family >= 0 && message.valueLength(family) !== 4) return reply.error(request, ErrorCode.BadRequest);
  const relays = family < 0 ? [...allocation.relays] : allocation.relays.filter(relay => names(request, relay));
  if (relays.length === 0) return reply.error(request, ErrorCode.PeerAddressFamilyMismatch);
  const lifetime = grantedLifetime(message, settings.limits);
  if (lifetime === undefined) return reply.error(request, ErrorCode.BadRequest);

  if (ticket >= 0) mobility.renew(allocation, message.value(ticket));
  const newTicket = ticket < 0 ? undefined : Mobility.ticketOf(allocation);
  if (lifetime === 0) release(allocation, relays);
  else store.keep(allocation, lifetime, now, relays);
  reply.success(request, writer => {
    writer.uint32(Attribute.Lifetime, lifetime / 1000);
    if (newTicket !== undefined && lifetime > 0) writer.bytes(Attribute.MobilityTicket, newTicket);
  });
}

/**
 * Refresh by a 5-tuple that has no allocation, with the ticket of one (RFC 8016 3.2): it is answered there, and moves
 * there with the next packet.
 */
export function handleResume(context: TurnContext, request: Request, release: ReleaseRelays): void {
  const { message, flow, now, identity } = request;
  const { reply, settings, mobility, siblings } = context;
  if (settings.mobility !== true) return reply.error(request, ErrorCode.MobilityForbidden);
  const allocation = mobility.find(message.value(message.find(Attribute.MobilityTicket)));
  if (allocation === undefined && siblings !== undefined && !flow.isStream) return siblings.resume(request);
  if (allocation?.state !== 'active') return reply.error(request, ErrorCode.AllocationMismatch);
  if (allocation.identity.userId !== identity?.userId) return reply.error(request, ErrorCode.WrongCredentials);
  if (!settings.listeners.has(flow.listener)) return reply.error(request, ErrorCode.Forbidden);

  if (mobility.movingTo(flow) !== allocation) mobility.begin(allocation, flow, now);
  handleRefresh(context, request, allocation, release);
}

function names({ message }: Request, { family }: RelayedTransport): boolean {
  const asked = message.uint8(Attribute.RequestedAddressFamily);
  return asked === (family === 4 ? AddressFamily.Ipv4 : AddressFamily.Ipv6);
}
