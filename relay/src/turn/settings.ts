import type { Authenticator } from '../auth/authenticator';
import type { PeerPolicy } from '../peer/peer-policy';
import type { ChannelRange } from '../stun/channel-data';
import type { NonceIssuer } from '../stun/nonce';

/** All that the core takes from a configuration. Replaced as a whole; nothing in it changes. */
export interface ServerSettings {
  /** REALM of the long-term credential mechanism (RFC 8489 9.2). */
  readonly realm: string;
  readonly authenticator: Authenticator;
  readonly nonces: NonceIssuer;
  /** By listener name. A client of a listener that is not here has no peers, and loses its allocation. */
  readonly listeners: ReadonlyMap<string, ListenerSettings>;
  readonly limits: Limits;
  /**
   * `rfc8656` accepts channel numbers 0x4000 to 0x4FFF; `rfc5766` up to 0x7FFF, as clients in the field send them.
   * @default rfc5766
   */
  readonly channelRange: ChannelRange;
}

export interface ListenerSettings {
  readonly policy: PeerPolicy;
  /** Address families that relayed transport addresses can be had in; never empty. */
  readonly relayFamilies: readonly (4 | 6)[];
}

export interface Limits {
  /** Allocations at the same time, all clients together. */
  readonly allocations: number;
  /** Permissions of one allocation. */
  readonly permissions: number;
  /** Channels of one allocation. */
  readonly channels: number;
  /** Longest lifetime granted, in seconds (RFC 8656 7.2 recommends an hour). */
  readonly lifetimeSeconds: number;
}

export const DEFAULT_LIMITS: Limits = { allocations: 18_000, permissions: 128, channels: 64, lifetimeSeconds: 3600 };

/** RFC 8656 3.2. */
export const DEFAULT_LIFETIME_SECONDS = 600;
