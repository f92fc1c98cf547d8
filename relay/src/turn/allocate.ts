import { AddressFamily, Attribute, ErrorCode, MessageClass, Method, REASON_PHRASES } from '../stun/constants';
import type { Allocation, CreatingRequest } from './allocation';
import type { TurnContext } from './context';
import { grantedLifetime } from './lifetime';
import { RelayedTransport } from './relayed-transport';
import type { ReplyTo } from './reply';
import type { Request } from './request';
import { DEFAULT_LIFETIME_SECONDS, type ListenerSettings } from './settings';

const UDP = 17;
const FAMILIES = new Map<number, 4 | 6>([
  [AddressFamily.Ipv4, 4],
  [AddressFamily.Ipv6, 6],
]);

/** Allocate (RFC 8656 7.2), step by step in the order of the clause. The success response waits for the relay socket. */
export function handleAllocate(context: TurnContext, request: Request): void {
  const { message, flow, now } = request;
  const { store, reply, settings } = context;

  const existing = store.find(flow);
  if (existing !== undefined) {
    if (!sameTransaction(existing.request, request)) return reply.error(request, ErrorCode.AllocationMismatch);
    // A retransmission: the answer is still to come, or was lost and comes again.
    if (existing.state === 'active') answer(context, existing, now);
    return;
  }

  const transport = message.find(Attribute.RequestedTransport);
  if (transport < 0 || message.valueLength(transport) !== 4) return reply.error(request, ErrorCode.BadRequest);
  if (message.uint8(Attribute.RequestedTransport) !== UDP)
    return reply.error(request, ErrorCode.UnsupportedTransportProtocol);

  const listener = settings.listeners.get(flow.listener);
  if (listener === undefined) return reply.error(request, ErrorCode.Forbidden);
  const family = requestedFamily(request, listener);
  if (family === 'malformed') return reply.error(request, ErrorCode.BadRequest);
  if (family === undefined) return reply.error(request, ErrorCode.AddressFamilyNotSupported);

  const lifetime = grantedLifetime(message, settings.limits);
  if (lifetime === undefined) return reply.error(request, ErrorCode.BadRequest);
  if (store.size >= settings.limits.allocations) return reply.error(request, ErrorCode.InsufficientCapacity);

  const allocation = store.create(flow.isStream ? flow : flow.clone(), request.identity!, {
    transactionId: message.transactionId(),
    key: request.key!,
    fingerprint: request.fingerprint,
    // 0 asks for the shortest here; only Refresh deletes (RFC 8656 8.2).
    lifetime: lifetime === 0 ? DEFAULT_LIFETIME_SECONDS * 1000 : lifetime,
  });
  const relay = new RelayedTransport(allocation, family, flow.listener);
  allocation.relays.push(relay);
  context.sink.openRelay(relay);
}

/** I/O has bound the relay socket: the allocation lives from now on. */
export function relayOpened(context: TurnContext, relay: RelayedTransport, now: number): void {
  const { allocation } = relay;
  if (allocation.state !== 'opening') return;
  allocation.state = 'active';
  context.store.keep(allocation, allocation.request.lifetime, now);
  context.events.allocationCreated(allocation);
  answer(context, allocation, now);
}

/** No relay socket could be had: 508, and nothing is kept. */
export function relayFailed(context: TurnContext, relay: RelayedTransport): void {
  const { allocation } = relay;
  if (allocation.state !== 'opening') return;
  context.store.delete(allocation);
  context.events.relayFailed(relay);
  context.reply.send(addressee(allocation), MessageClass.Error, writer =>
    writer.errorCode(ErrorCode.InsufficientCapacity, REASON_PHRASES[508]),
  );
}

function answer(context: TurnContext, allocation: Allocation, now: number): void {
  context.reply.send(addressee(allocation), MessageClass.Success, writer => {
    for (const relay of allocation.relays) writer.xorAddress(Attribute.XorRelayedAddress, relay.address);
    writer.uint32(Attribute.Lifetime, Math.ceil((allocation.expiresAt - now) / 1000));
    writer.xorAddress(Attribute.XorMappedAddress, allocation.flow.client);
  });
}

function addressee({ flow, request }: Allocation): ReplyTo {
  return { ...request, flow, method: Method.Allocate, transactionOffset: 0 };
}

function sameTransaction(created: CreatingRequest, { message }: Request): boolean {
  return created.transactionId.every((byte, i) => byte === message.bytes[message.transactionIdOffset + i]);
}

/**
 * REQUESTED-ADDRESS-FAMILY (RFC 8656 18.9). Absent means IPv4, and IPv6 where the relay has nothing else: agents that
 * never ask for a family still get through an IPv6-only cluster.
 */
function requestedFamily({ message }: Request, { relayFamilies }: ListenerSettings): 4 | 6 | 'malformed' | undefined {
  const index = message.find(Attribute.RequestedAddressFamily);
  if (index < 0) return relayFamilies.includes(4) ? 4 : relayFamilies[0];
  if (message.valueLength(index) !== 4) return 'malformed';
  const family = FAMILIES.get(message.uint8(Attribute.RequestedAddressFamily)!);
  return family !== undefined && relayFamilies.includes(family) ? family : undefined;
}
