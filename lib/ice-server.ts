/** One entry of a browser's `RTCConfiguration.iceServers`; username and credential are added by the signalling server. */
export interface IceServer {
  /** `turn:` and `turns:` URIs (RFC 7065). */
  readonly urls: string[];
}
