import type { RequestOptions } from 'node:https';

/** Where an API server is and who asks it. */
export interface KubeConnection {
  /** URL of the API server, such as `https://10.96.0.1:443`. */
  readonly server: string;
  /** TLS with no proxy between, so that HTTP/2 may be spoken. @default false */
  readonly isDirect?: boolean;
  /** Namespace of the one who asks, if it is known. */
  readonly namespace?: string;
  /** Agent and credentials as they are now: tokens are renewed while a relay runs. */
  credentials(): Promise<RequestOptions>;
}
