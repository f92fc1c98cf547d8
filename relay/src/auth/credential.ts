/**
 * Who a client is, and so which routes it may use.
 * - `gateway`: the GatewayConfig's own credential; reaches routes that name no credential.
 * - `route`: a credential named by routes (`<namespace>/<secret>`); reaches only those.
 * - `tenant`: derived from a master secret; reaches only routes of its namespace.
 */
export type Scope =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'route'; readonly credential: string }
  | { readonly kind: 'tenant'; readonly namespace: string };

/** One long-term user name and password (RFC 8489 9.2). */
export interface StaticCredential {
  readonly type: 'static';
  readonly scope: Scope;
  readonly username: string;
  readonly password: string;
}

/** Time-limited users: password = base64(HMAC-SHA1(secret, username)), the user name carries its expiry. */
export interface EphemeralCredential {
  readonly type: 'ephemeral';
  readonly scope: Scope;
  /** Current secret first, then those that rotation has not retired yet. */
  readonly secrets: readonly string[];
}

/** Tenant keys derived from one master; the user name is `<expiry>:<namespace>/<user>`, the scope follows from it. */
export interface DerivedCredential {
  readonly type: 'derived';
  readonly masters: readonly string[];
}

export type Credential = StaticCredential | EphemeralCredential | DerivedCredential;

/** An authenticated user. */
export interface Identity {
  /** Stable across renewals of an ephemeral credential: owns allocations and quotas. */
  readonly userId: string;
  readonly scope: Scope;
  /** A time-limited user name named one user; a static credential may be everybody's. Decides which quota applies. */
  readonly personal?: true;
}
