import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { NonceIssuer } from '../../../relay/src/stun/nonce';

const NOW = 1_800_000_000;
const CLIENT = Endpoint.of('192.0.2.1', 40_000);
const issuer = new NonceIssuer(new Uint8Array(32).fill(1));

describe('NonceIssuer (RFC 8489 9.2)', () => {
  const nonce = issuer.issue(CLIENT, NOW);

  test('a nonce is short text that needs no quoting (14.10)', () => {
    expect(nonce).toMatch(/^[\w-]{28}$/);
  });

  test.each([
    ['at once', 0, 'valid'],
    ['after an hour', 3600, 'valid'],
    ['later', 3601, 'stale'],
    ['before it was issued', -1, 'stale'],
  ])('%s it is judged as %s s: %s', (_, age, verdict) => {
    expect(issuer.check(nonce, CLIENT, NOW + age)).toBe(verdict);
  });

  test('the lifetime can be set', () => {
    const brief = new NonceIssuer(new Uint8Array(16), 10);
    const own = brief.issue(CLIENT, NOW);
    expect(brief.check(own, CLIENT, NOW + 10)).toBe('valid');
    expect(brief.check(own, CLIENT, NOW + 11)).toBe('stale');
  });

  test.each([
    ['another port', Endpoint.of('192.0.2.1', 40_001)],
    ['another address', Endpoint.of('192.0.2.2', 40_000)],
    ['IPv6', Endpoint.of('::192.0.2.1', 40_000)],
  ])('it is foreign from %s', (_, other) => {
    expect(issuer.check(nonce, other, NOW)).toBe('foreign');
  });

  test('it is foreign to another key', () => {
    expect(new NonceIssuer(new Uint8Array(32)).check(nonce, CLIENT, NOW)).toBe('foreign');
  });

  test('it is valid whichever server with the same key issued it', () => {
    expect(new NonceIssuer(new Uint8Array(32).fill(1)).check(nonce, CLIENT, NOW)).toBe('valid');
  });

  test('any changed character makes it foreign', () => {
    for (let i = 0; i < nonce.length; i++) {
      const changed = nonce.slice(0, i) + (nonce[i] === 'A' ? 'B' : 'A') + nonce.slice(i + 1);
      expect(issuer.check(changed, CLIENT, NOW)).toBe('foreign');
    }
  });

  test.each([
    '',
    nonce.slice(1),
    `${nonce}A`,
    `${nonce}=`,
    ` ${nonce.slice(1)}`,
    'ä'.repeat(14),
    'ä'.repeat(28),
    '\0'.repeat(28),
  ])('whatever else a client sends is foreign: %j', text => {
    expect(issuer.check(text, CLIENT, NOW)).toBe('foreign');
  });

  test('no text makes it fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), t => issuer.check(t, CLIENT, NOW) === 'foreign'),
    );
    fc.assert(
      fc.property(fc.base64String({ minLength: 28, maxLength: 28 }), t => issuer.check(t, CLIENT, NOW) === 'foreign'),
    );
  });

  test('a short key is refused', () => {
    expect(() => new NonceIssuer(new Uint8Array(15))).toThrow(RangeError);
  });
});
