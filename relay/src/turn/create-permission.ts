import { Endpoint } from '../net/endpoint';
import type { PeerAllowed } from '../peer/peer-decision';
import { Attribute, ErrorCode } from '../stun/constants';
import type { Allocation } from './allocation';
import { authorizePeer } from './authorize-peer';
import type { TurnContext } from './context';
import { refuse } from './refusal';
import type { Request } from './request';

const { XorPeerAddress } = Attribute;

/** CreatePermission (RFC 8656 10.2): for every peer in it, or for none. */
export function handleCreatePermission(context: TurnContext, request: Request, allocation: Allocation): void {
  const { message, now } = request;
  const { reply, store, settings } = context;

  const granted: { peer: Endpoint; grant: PeerAllowed }[] = [];
  let added = 0;
  for (let i = message.find(XorPeerAddress); i >= 0; i = message.findNext(XorPeerAddress, i + 1)) {
    const peer = new Endpoint();
    if (!message.xorAddress(i, peer)) return reply.error(request, ErrorCode.BadRequest);
    if (allocation.relayFor(peer) === undefined) return reply.error(request, ErrorCode.PeerAddressFamilyMismatch);
    const decision = authorizePeer(context, allocation, peer);
    if (!decision.allowed) {
      context.events.peerDenied(allocation, peer, 'CreatePermission', decision);
      return reply.error(request, ErrorCode.Forbidden);
    }
    if (store.findPermission(allocation, peer) === undefined) added++;
    granted.push({ peer, grant: decision });
  }
  if (granted.length === 0) return reply.error(request, ErrorCode.BadRequest);
  if (allocation.permissions.size + added > settings.limits.permissions)
    return void refuse(context, request, ErrorCode.InsufficientCapacity, 'permissions');

  for (const { peer, grant } of granted) store.permit(allocation, peer, grant, now);
  reply.success(request);
}
