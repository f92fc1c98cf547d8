import type { Endpoint } from '../net/endpoint';
import type { PeerDecision } from '../peer/peer-decision';
import type { Allocation } from './allocation';
import type { TurnContext } from './context';

const LISTENER_GONE: PeerDecision = {
  allowed: false,
  reason: 'no-routes-on-listener',
  detail: 'the listener is no longer configured',
};

/**
 * May this allocation exchange data with this peer? The one place that says so: CreatePermission, ChannelBind and every
 * new configuration ask here, and the answer stays with the permission that packets are held against.
 */
export function authorizePeer({ settings }: TurnContext, allocation: Allocation, peer: Endpoint): PeerDecision {
  const listener = settings.listeners.get(allocation.flow.listener);
  return listener?.policy.authorizePeer(allocation.identity.scope, peer, allocation.peerTransport) ?? LISTENER_GONE;
}

/** The same for one port of the peer: a channel is bound to a whole transport address (RFC 8656 12). */
export function authorizePeerPort({ settings }: TurnContext, allocation: Allocation, peer: Endpoint): PeerDecision {
  const listener = settings.listeners.get(allocation.flow.listener);
  return listener?.policy.authorizePeerPort(allocation.identity.scope, peer, allocation.peerTransport) ?? LISTENER_GONE;
}
