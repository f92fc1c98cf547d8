/** What a server says it does in front of its nonce, where nobody on the path can take it back unseen (RFC 8489 9.2.1). */
export const SecurityFeature = { PasswordAlgorithms: 1, UsernameAnonymity: 2 } as const;

/** RFC 8489 9.2. */
const COOKIE = 'obMatJos2';
const FEATURES_LENGTH = 3;

/** Characters of a nonce cookie. */
export const NONCE_COOKIE_LENGTH = COOKIE.length + 4;

/**
 * The nonce cookie for a set of features (RFC 8489 9.2).
 *
 * Bit 0 is the least significant: so has it the sample request of appendix B.1, and so do clients read it, though 9.2
 * and 18.1 count from the other end.
 */
export function nonceCookie(features: number): string {
  const bits = Buffer.alloc(FEATURES_LENGTH);
  bits.writeUIntBE(features, 0, FEATURES_LENGTH);
  return COOKIE + bits.toString('base64');
}
