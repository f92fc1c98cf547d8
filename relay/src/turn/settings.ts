import type { Authenticator } from '../auth/authenticator';
import type { PeerPolicy } from '../peer/peer-policy';
import type { ChannelRange } from '../stun/channel-data';
import type { NonceIssuer } from '../stun/nonce';
import type { Limits } from './limits';
import type { Transport } from './flow';
import type { AlternateServer } from './redirect';

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
  /** Can I/O set the DF bit? If not, DONT-FRAGMENT is an unknown attribute (RFC 8656 7.2). @default false */
  readonly dontFragment?: boolean;
  /** May clients move an allocation to another 5-tuple (RFC 8016)? If not, asking for it is answered with 405. @default false */
  readonly mobility?: boolean;
  /** Where new clients are sent to while this server drains (RFC 8489 10). @default they are refused with 508 */
  readonly alternateServer?: AlternateServer;
}

export interface ListenerSettings {
  /** A listener that keeps its name but not these is another one: its allocations end. */
  readonly transport: Transport;
  readonly port: number;
  readonly policy: PeerPolicy;
  /** Address families that relayed transport addresses can be had in; never empty. */
  readonly relayFamilies: readonly (4 | 6)[];
}

/** RFC 8656 3.2. */
export const DEFAULT_LIFETIME_SECONDS = 600;
