/** What a stream client may take of the relay's memory and patience. */
export interface StreamLimits {
  /** Milliseconds for a TLS handshake, and from there (TCP: from the start) to the first whole message. @default 15000 */
  readonly firstMessageTimeout: number;
  /**
   * Milliseconds between messages from the client. Longer than the longest allocation lifetime (RFC 8656 7.2: an hour),
   * so that a connection which is closed for it has no allocation left.
   *
   * @default 3660000
   */
  readonly idleTimeout: number;
  /**
   * Connections of one source at the same time: an IPv4 address or an IPv6 /64. Generous, for behind a load balancer
   * that hides them many clients are one source.
   *
   * @default 2048
   */
  readonly connectionsPerSource: number;
  /** Connections of one listener at the same time. @default 16384 */
  readonly connections: number;
  /** Bytes waiting for a slow reader, from which on media to it is dropped. @default 262144 */
  readonly mediaBacklog: number;
  /** Bytes waiting for a slow reader at which its connection is closed: only answers still queue up. @default 524288 */
  readonly backlog: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  firstMessageTimeout: 15_000,
  idleTimeout: 3_660_000,
  connectionsPerSource: 2048,
  connections: 16_384,
  mediaBacklog: 256 * 1024,
  backlog: 512 * 1024,
};
