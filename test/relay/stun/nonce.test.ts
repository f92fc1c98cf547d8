import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { NonceIssuer } from '../../../relay/src/stun/nonce';
import { nonceCookie, SecurityFeature } from '../../../relay/src/stun/security-features';

const NOW = 1_800_000_000;
const CLIENT = Endpoint.of('192.0.2.1', 40_000);
const issuer = new NonceIssuer(new Uint8Array(32).fill(1));

describe('NonceIssuer (RFC 8489 9.2)', () => {
  const nonce = issuer.issue(CLIENT, NOW);

  test('a nonce is short text that needs no quoting (14.10)', () => {
    expect(nonce).toMatch(/^[\w-]{37}$/);
  });

  test.each([
    ['nothing', 0, 'AAAA'],
    ['password algorithms', SecurityFeature.PasswordAlgorithms, 'gAAB'],
    ['username anonymity', SecurityFeature.UsernameAnonymity, 'QAAC'],
    ['both', SecurityFeature.PasswordAlgorithms | SecurityFeature.UsernameAnonymity, 'wAAD'],
  ])('it begins with the nonce cookie that announces %s (9.2)', (_, features, bits) => {
    const announcing = issuer.issue(CLIENT, NOW, features);
    expect(announcing.startsWith(`obMatJos2${bits}`)).toBe(true);
    expect(issuer.check(announcing, CLIENT, NOW)).toBe('valid');
  });

  test('nobody can change what its cookie announces (9.2.1)', () => {
    const announcing = issuer.issue(CLIENT, NOW, SecurityFeature.PasswordAlgorithms);
    expect(issuer.check(announcing.replace('gAAB', 'AAAA'), CLIENT, NOW)).toBe('foreign');
    expect(issuer.check(announcing.slice(nonceCookie(0).length), CLIENT, NOW)).toBe('foreign');
  });

  test.each([
    ['at once', 0, 'valid'],
    ['after an hour', 3600, 'valid'],
    ['later', 3601, 'stale'],
    ['by a clock that is a minute behind', -60, 'valid'],
    ['long before it was issued', -61, 'stale'],
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

  test('it is valid to the successor of its issuer, as long as it would have been; and to no further one', () => {
    const [second, third] = [2, 3].map(fill => new NonceIssuer(new Uint8Array(32).fill(fill)));
    second!.succeed(issuer);
    third!.succeed(second!);
    expect(second!.check(nonce, CLIENT, NOW)).toBe('valid');
    expect(second!.check(nonce, CLIENT, NOW + 3601)).toBe('stale');
    expect(third!.check(nonce, CLIENT, NOW)).toBe('foreign');
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
    'ä'.repeat(18),
    'ä'.repeat(37),
    'ä'.repeat(18) + 'x',
    '\0'.repeat(37),
    `${nonce.slice(0, 13)}${'*'.repeat(24)}`,
    `${nonce.slice(0, 13)}${'ä'.repeat(12)}`,
  ])('whatever else a client sends is foreign: %j', text => {
    expect(issuer.check(text, CLIENT, NOW)).toBe('foreign');
  });

  test('of two clients who show each other’s, both are told that it is foreign, however often', () => {
    const clients = Array.from({ length: 3000 }, (_, i) => Endpoint.of('192.0.2.7', 1024 + i));
    const nonces = clients.map(client => issuer.issue(client, NOW));
    for (let time = 0; time < 2; time++) {
      expect(nonces.every((each, i) => issuer.check(each, clients[i]!, NOW) === 'valid')).toBe(true);
      expect(nonces.every((each, i) => issuer.check(each, clients[i ^ 1]!, NOW) === 'foreign')).toBe(true);
    }
  });

  test('no text makes it fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), t => issuer.check(t, CLIENT, NOW) === 'foreign'),
    );
    fc.assert(
      fc.property(
        fc.base64String({ minLength: 24, maxLength: 24 }),
        text => issuer.check(nonce.slice(0, 13) + text, CLIENT, NOW) === 'foreign',
      ),
    );
  });

  test('a short key is refused', () => {
    expect(() => new NonceIssuer(new Uint8Array(15))).toThrow(RangeError);
  });
});
