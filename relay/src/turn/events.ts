import type { Identity } from '../auth/credential';
import type { Endpoint } from '../net/endpoint';
import type { PeerDenied } from '../peer/peer-decision';
import type { Allocation } from './allocation';
import type { Flow } from './flow';
import type { RelayedTransport } from './relayed-transport';

export type AllocationEnd = 'expired' | 'released' | 'disconnected' | 'listener removed' | 'listener changed';

/** What there was too little of for an Allocate request, or for a permission or channel. */
export type Refusal =
  /** The user has as many allocations as one may have. */
  | 'user quota'
  /** The client's address has. */
  | 'source quota'
  /** The relay has. */
  | 'capacity'
  /** The relay ends, and takes no new clients. */
  | 'draining'
  /** I/O could not bind one. */
  | 'no relay socket'
  /** The allocation has as many permissions, or channels, as one may have. */
  | 'permissions'
  | 'channels';
export type DeniedUse = 'CreatePermission' | 'ChannelBind' | 'existing permission' | 'Connect' | 'existing connection';

/** What an operator wants to hear of. Control events only: nothing is called per relayed packet. */
export interface TurnEvents {
  allocationCreated(allocation: Allocation): void;
  allocationDeleted(allocation: Allocation, why: AllocationEnd): void;
  peerDenied(allocation: Allocation, peer: Endpoint, use: DeniedUse, denial: PeerDenied): void;
  /** The client goes on by another 5-tuple (RFC 8016). */
  allocationMoved(allocation: Allocation, from: Flow): void;
  /** An authenticated request was refused for want of something. */
  refused(flow: Flow, identity: Identity, why: Refusal): void;
  authenticationFailed(flow: Flow, username: string): void;
  relayFailed(relay: RelayedTransport): void;
}

/** Why a packet went no further. Each drop is counted; none is answered. */
export type DropReason =
  | 'malformed'
  | 'bad-fingerprint'
  | 'unexpected-class'
  | 'no-allocation'
  | 'unbound-channel'
  | 'no-permission'
  | 'port-not-routed'
  | 'too-long'
  /** A request whose user name too many secrets could have made, while failures have used up the guesses. */
  | 'too-many-guesses'
  /** More bytes or packets in a second than one allocation may relay, or more ICMP errors. */
  | 'rate-limited'
  /** A request of somebody unknown, whose source has had its fill of answers. */
  | 'too-many-answers'
  /** A Send indication where the peers are TCP's (RFC 6062). */
  | 'tcp-allocation'
  /** A peer connected to an allocation that has its fill of them. */
  | 'too-many-connections'
  /** A request about what another thread may have, while the threads have many such open. The client sends it again. */
  | 'too-many-questions';
