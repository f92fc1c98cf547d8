import type { Endpoint } from '../net/endpoint';
import type { PeerDenied } from '../peer/peer-decision';
import type { Allocation } from './allocation';
import type { Flow } from './flow';
import type { RelayedTransport } from './relayed-transport';

export type AllocationEnd = 'expired' | 'released' | 'disconnected' | 'listener removed' | 'no relay socket';
export type DeniedUse = 'CreatePermission' | 'ChannelBind' | 'existing permission';

/** What an operator wants to hear of. Control events only: nothing is called per relayed packet. */
export interface TurnEvents {
  allocationCreated(allocation: Allocation): void;
  allocationDeleted(allocation: Allocation, why: AllocationEnd): void;
  peerDenied(allocation: Allocation, peer: Endpoint, use: DeniedUse, denial: PeerDenied): void;
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
  | 'too-long';
