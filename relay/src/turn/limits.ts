/** What clients may take of the relay. 0 means without limit, where it says so. */
export interface Limits {
  /** Allocations at the same time, all clients together; a reserved transport address is one too. @default 18000 */
  readonly allocations: number;
  /**
   * Allocations of one static user. One static credential is usually shared by all browsers, so there is no limit unless
   * it is set. 0: none. @default 0
   */
  readonly allocationsPerStaticUser: number;
  /** Allocations of one user whose name a time-limited credential carries. 0: none. @default 64 */
  readonly allocationsPerEphemeralUser: number;
  /**
   * Allocations of one source: an IPv4 address or an IPv6 /64. Behind a load balancer that hides its clients' addresses
   * they are one source together, which is why the default is high. 0: none. @default 2048
   */
  readonly allocationsPerSource: number;
  /** Permissions of one allocation. @default 128 */
  readonly permissions: number;
  /** Channels of one allocation. @default 64 */
  readonly channels: number;
  /** Data connections of one allocation whose peers are TCP's (RFC 6062). @default 64 */
  readonly connections: number;
  /** Longest lifetime granted, in seconds (RFC 8656 7.2 recommends an hour). @default 3600 */
  readonly lifetimeSeconds: number;
  /**
   * Longest time, in seconds from now, for which the user name of a time-limited credential may be made out: then no
   * careless backend makes a user for ever. 0: no limit, as stunnerd has it. @default 0
   */
  readonly credentialSeconds: number;
  /**
   * Bytes of payload that one allocation relays in a second, in each direction: datagrams beyond it are dropped, streams
   * (RFC 6062) wait. 0: no limit. @default 0
   */
  readonly bytesPerSecond: number;
  /** Datagrams that one allocation relays in a second, in each direction. 0: no limit. @default 0 */
  readonly packetsPerSecond: number;
  /**
   * Answers to datagrams whose sender has not proved who it is (Binding, 401, 438 …) that one source gets in a second;
   * beyond it there is silence. So the relay is no good for reflecting floods. Sources as with `allocationsPerSource`:
   * many clients behind one address still get through. 0: no limit. @default 100
   */
  readonly unauthenticatedReplies: number;
  /** The same answers in a burst. @default 400 */
  readonly unauthenticatedBurst: number;
}

export const DEFAULT_LIMITS: Limits = {
  allocations: 18_000,
  allocationsPerStaticUser: 0,
  allocationsPerEphemeralUser: 64,
  allocationsPerSource: 2048,
  permissions: 128,
  channels: 64,
  connections: 64,
  lifetimeSeconds: 3600,
  credentialSeconds: 0,
  bytesPerSecond: 0,
  packetsPerSecond: 0,
  unauthenticatedReplies: 100,
  unauthenticatedBurst: 400,
};
