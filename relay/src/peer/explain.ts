import type { Scope } from '../auth/credential';
import type { Endpoint } from '../net/endpoint';
import type { PeerPolicy, PeerTransport } from './peer-policy';
import { describeScope } from './reach';

/** One sentence for people: may clients of this scope talk to this peer, and why. Port 0 asks for the address alone. */
export function explain(policy: PeerPolicy, scope: Scope, peer: Endpoint, transport: PeerTransport = 'udp'): string {
  const whole = peer.port === 0;
  const decision = whole
    ? policy.authorizePeer(scope, peer, transport)
    : policy.authorizePeerPort(scope, peer, transport);
  const question = `${transport} peer ${whole ? peer.address : peer.toString()} for ${describeScope(scope)}`;
  return decision.allowed
    ? `${question}: allowed by ${decision.routes.join(', ')}, ports ${decision.ports.toString()}`
    : `${question}: denied, ${decision.reason}: ${decision.detail}`;
}
