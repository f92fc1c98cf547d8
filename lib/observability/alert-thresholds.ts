/** When the alerts fire. */
export interface AlertThresholds {
  /**
   * Allocations of one pod above which the relay is nearly full.
   *
   * @default 1000
   */
  readonly allocationsPerPod?: number;

  /**
   * Refused credentials in a second, over five minutes.
   *
   * @default 5
   */
  readonly authenticationFailuresPerSecond?: number;

  /**
   * Denied peers in a second, over five minutes.
   *
   * @default 5
   */
  readonly deniedPeersPerSecond?: number;

  /**
   * Dropped packets in a second, over five minutes.
   *
   * @default 100
   */
  readonly droppedPacketsPerSecond?: number;

  /**
   * Days before the end of a certificate.
   *
   * @default 14
   */
  readonly certificateDays?: number;
}
