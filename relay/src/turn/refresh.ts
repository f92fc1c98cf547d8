import { AddressFamily, Attribute, ErrorCode } from '../stun/constants';
import type { Allocation } from './allocation';
import type { TurnContext } from './context';
import { grantedLifetime } from './lifetime';
import type { Request } from './request';

/** Refresh (RFC 8656 8.2): a new lifetime, or with 0 the end. */
export function handleRefresh(
  context: TurnContext,
  request: Request,
  allocation: Allocation,
  release: (allocation: Allocation) => void,
): void {
  const { message, now } = request;
  const { reply, settings, store } = context;

  const family = message.find(Attribute.RequestedAddressFamily);
  if (family >= 0) {
    if (message.valueLength(family) !== 4) return reply.error(request, ErrorCode.BadRequest);
    const wanted = message.uint8(Attribute.RequestedAddressFamily) === AddressFamily.Ipv6 ? 6 : 4;
    if (!allocation.relays.some(relay => relay.family === wanted))
      return reply.error(request, ErrorCode.PeerAddressFamilyMismatch);
  }
  const lifetime = grantedLifetime(message, settings.limits);
  if (lifetime === undefined) return reply.error(request, ErrorCode.BadRequest);

  if (lifetime === 0) release(allocation);
  else store.keep(allocation, lifetime, now);
  reply.success(request, writer => writer.uint32(Attribute.Lifetime, lifetime / 1000));
}
