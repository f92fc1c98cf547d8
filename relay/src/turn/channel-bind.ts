import { Endpoint } from '../net/endpoint';
import { isChannelNumber } from '../stun/channel-data';
import { Attribute, ErrorCode } from '../stun/constants';
import type { Allocation } from './allocation';
import { authorizePeerPort } from './authorize-peer';
import type { TurnContext } from './context';
import { refuse } from './refusal';
import type { Request } from './request';

/** ChannelBind (RFC 8656 12.2): one number for one peer, and the permission that goes with it. */
export function handleChannelBind(context: TurnContext, request: Request, allocation: Allocation): void {
  const { message, now } = request;
  const { reply, store, settings, events } = context;

  // Channels carry datagrams (RFC 6062 3).
  if (allocation.peerTransport !== 'udp') return reply.error(request, ErrorCode.Forbidden);
  const channel = message.find(Attribute.ChannelNumber);
  const number = message.uint16(Attribute.ChannelNumber);
  const address = message.find(Attribute.XorPeerAddress);
  const peer = new Endpoint();
  if (number === undefined || message.valueLength(channel) !== 4 || address < 0 || !message.xorAddress(address, peer)) {
    return reply.error(request, ErrorCode.BadRequest);
  }
  if (!isChannelNumber(number, settings.channelRange)) return reply.error(request, ErrorCode.BadRequest);

  const bound = allocation.channels.get(number);
  // Neither a second peer for the number nor a second number for the peer.
  if (bound !== undefined && !bound.peer.equals(peer)) return reply.error(request, ErrorCode.BadRequest);
  if (bound === undefined && store.findChannel(allocation, peer) !== undefined)
    return reply.error(request, ErrorCode.BadRequest);

  const relay = allocation.relayFor(peer);
  if (relay === undefined) return reply.error(request, ErrorCode.PeerAddressFamilyMismatch);

  const decision = authorizePeerPort(context, allocation, peer);
  if (!decision.allowed) {
    events.peerDenied(allocation, peer, 'ChannelBind', decision);
    return reply.error(request, ErrorCode.Forbidden);
  }

  const { limits } = settings;
  const newPermission = store.findPermission(allocation, peer) === undefined;
  if (newPermission && allocation.permissions.size >= limits.permissions)
    return void refuse(context, request, ErrorCode.InsufficientCapacity, 'permissions');
  if (bound === undefined && allocation.channels.size >= limits.channels)
    return void refuse(context, request, ErrorCode.InsufficientCapacity, 'channels');

  store.bind(number, peer, relay, store.permit(allocation, peer, decision, now), now);
  reply.success(request);
}
