import type { PortRanges } from './port-ranges';

/** Why a peer is denied: a closed set, fit for a metric label. */
export type DenialReason =
  /** Loopback, link-local, multicast and the like: no route opens them. */
  | 'never-allowed-range'
  /** The relay's own listeners and admin ports, the API server. */
  | 'own-address'
  /** The listener has no routes, so none of its clients reaches anything. */
  | 'no-routes-on-listener'
  /** A route has the address, but another credential's. */
  | 'other-tenant'
  /** A route has the address, but for the other transport. */
  | 'other-transport'
  /** A route has the address, but not this port. */
  | 'port-not-routed'
  /** No route of the listener has the address. */
  | 'no-route';

export interface PeerAllowed {
  readonly allowed: true;
  /** Ports of the peer that packets may go to and come from; never empty. */
  readonly ports: PortRanges;
  /** Routes that open the peer, `<namespace>/<route>`, in order of name. */
  readonly routes: readonly string[];
}

export interface PeerDenied {
  readonly allowed: false;
  readonly reason: DenialReason;
  /** For the operator's log, not for the client: it may name another tenant's routes. */
  readonly detail: string;
}

export type PeerDecision = PeerAllowed | PeerDenied;
