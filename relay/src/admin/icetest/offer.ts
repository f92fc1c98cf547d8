/** What the ICE test page is told when it asks: plain data, for the page knows no other part of the relay. */
export interface Offer {
  readonly servers: readonly OfferedServer[];
  /** Short-lived (TURN REST), and good for nothing but this test. */
  readonly username: string;
  readonly credential: string;
}

/** One way to the relay. */
export interface OfferedServer {
  /** `<namespace>/<gateway>/<listener>`. */
  readonly listener: string;
  /** RFC 7065. */
  readonly uri: string;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'dtls';
  /** Why it cannot work, if the relay knows. */
  readonly certificate?: CertificateProblem;
  /** Whether relayed addresses may talk to each other, as the test wants them to; else why not. */
  readonly loopback: { readonly allowed: boolean; readonly detail?: string };
}

/** What clients will not accept of a certificate. */
export type CertificateProblem =
  | { readonly kind: 'missing' | 'unreadable' | 'self-signed' }
  | { readonly kind: 'expired'; readonly on: string }
  | { readonly kind: 'not-yet-valid'; readonly from: string }
  | { readonly kind: 'other-name'; readonly names: readonly string[]; readonly host: string };
