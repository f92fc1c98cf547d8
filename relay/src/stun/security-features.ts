/**
 * What a server says it does in front of its nonce, where nobody on the path can take it back unseen (RFC 8489 9.2.1).
 *
 * Each feature is told twice. RFC 8489 18.1 counts bits from the left, its appendix B.1 from the right, and clients in
 * the field follow either; each ignores the bits of the other, which stand for nothing.
 */
export const SecurityFeature = { PasswordAlgorithms: 0x80_00_01, UsernameAnonymity: 0x40_00_02 } as const;

/** RFC 8489 9.2. */
const COOKIE = 'obMatJos2';
const FEATURES_LENGTH = 3;

/** Characters of a nonce cookie. */
export const NONCE_COOKIE_LENGTH = COOKIE.length + 4;

/** The nonce cookie for a set of features (RFC 8489 9.2). */
export function nonceCookie(features: number): string {
  const bits = Buffer.alloc(FEATURES_LENGTH);
  bits.writeUIntBE(features, 0, FEATURES_LENGTH);
  return COOKIE + bits.toString('base64');
}
