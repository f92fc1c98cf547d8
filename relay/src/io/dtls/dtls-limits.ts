/** What DTLS clients may take of the relay's memory and patience. A session takes about 90 KiB. */
export interface DtlsLimits {
  /** Milliseconds from a ClientHello with a valid cookie to the end of the handshake. @default 10000 */
  readonly handshakeTimeout: number;
  /** Milliseconds from the end of the handshake to the first message. @default 15000 */
  readonly firstMessageTimeout: number;
  /**
   * Milliseconds between messages from the client. Longer than the longest allocation lifetime (RFC 8656 7.2: an hour),
   * so that a session which is closed for it has no allocation left.
   *
   * @default 3660000
   */
  readonly idleTimeout: number;
  /** Sessions at the same time, handshakes included. @default 4096 */
  readonly sessions: number;
  /**
   * Sessions of one source at the same time: an IPv4 address or an IPv6 /64. Generous, for behind a load balancer that
   * hides them many clients are one source.
   *
   * @default 1024
   */
  readonly sessionsPerSource: number;
  /** Handshakes at the same time; the oldest makes way for one more. @default 512 */
  readonly handshakes: number;
  /** Handshakes of one source at the same time. @default 64 */
  readonly handshakesPerSource: number;
}

export const DEFAULT_DTLS_LIMITS: DtlsLimits = {
  handshakeTimeout: 10_000,
  firstMessageTimeout: 15_000,
  idleTimeout: 3_660_000,
  sessions: 4096,
  sessionsPerSource: 1024,
  handshakes: 512,
  handshakesPerSource: 64,
};
