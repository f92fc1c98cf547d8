import { Authenticator, type Candidate } from '../../../relay/src/auth/authenticator';
import type { Credential, Scope } from '../../../relay/src/auth/credential';
import { ephemeralPassword, tenantKey } from '../../../relay/src/auth/ephemeral';
import { longTermKey } from '../../../relay/src/stun/integrity';

const REALM = 'example.org';
const NOW = 1_800_000_000;
const GATEWAY: Scope = { kind: 'gateway' };
const ROUTE: Scope = { kind: 'route', credential: 'media/turn' };

const fixed = (scope: Scope, username: string, password: string): Credential => ({
  type: 'static',
  scope,
  username,
  password,
});
const ephemeral = (scope: Scope, ...secrets: string[]): Credential => ({ type: 'ephemeral', scope, secrets });
const derived = (...masters: string[]): Credential => ({ type: 'derived', masters });

const candidates = (credentials: Credential[], username: string, now = NOW): readonly Candidate[] =>
  new Authenticator(REALM, credentials).candidates(username, now);
const users = (list: readonly Candidate[]): string[] => list.map(candidate => candidate.identity.userId);
const keys = (list: readonly Candidate[]): string[] => list.map(({ key }) => Buffer.from(key).toString('hex'));
const key = (username: string, password: string): string =>
  Buffer.from(longTermKey(username, REALM, password)).toString('hex');

describe('static credentials', () => {
  test('match the exact user name', () => {
    const credentials = [fixed(GATEWAY, 'alice', 'secret')];
    const found = candidates(credentials, 'alice');
    expect(found.map(candidate => candidate.identity)).toEqual([{ userId: 'gateway:alice', scope: GATEWAY }]);
    expect(keys(found)).toEqual([key('alice', 'secret')]);
    for (const other of ['Alice', 'alice ', '', 'alic']) expect(candidates(credentials, other)).toEqual([]);
  });

  test('an old and a new password are one user with two keys', () => {
    const found = candidates([fixed(ROUTE, 'alice', 'new'), fixed(ROUTE, 'alice', 'old')], 'alice');
    expect(keys(found)).toEqual([key('alice', 'new'), key('alice', 'old')]);
    expect(new Set(users(found)).size).toBe(1);
  });
});

describe('ephemeral credentials', () => {
  const username = `${NOW + 60}:alice`;

  test('each secret gives a key', () => {
    const found = candidates([ephemeral(GATEWAY, 'current', 'previous')], username);
    expect(keys(found)).toEqual(
      ['current', 'previous'].map(secret => key(username, ephemeralPassword(secret, username))),
    );
    expect(users(found)).toEqual(['gateway:alice', 'gateway:alice']);
  });

  test('a renewed user name is the same user', () => {
    const [first, renewed] = [NOW + 60, NOW + 999].map(expiry =>
      users(candidates([ephemeral(ROUTE, 's')], `${expiry}:alice`)),
    );
    expect(renewed).toEqual(first);
  });

  test('expire after the last second, also when the key is known already', () => {
    const authenticator = new Authenticator(REALM, [ephemeral(GATEWAY, 's'), derived('m')]);
    const name = `${NOW}:media/alice`;
    expect(authenticator.candidates(name, NOW)).toHaveLength(2);
    expect(authenticator.candidates(name, NOW + 1)).toEqual([]);
    expect(authenticator.candidates(name, NOW)).toHaveLength(2);
  });
});

describe('derived credentials', () => {
  const username = `${NOW + 60}:media/alice`;

  test('a tenant signs with its own key, and gets its own scope', () => {
    const found = candidates([derived('master')], username);
    expect(found.map(candidate => candidate.identity)).toEqual([
      { userId: 'media/alice', scope: { kind: 'tenant', namespace: 'media' } },
    ]);
    expect(keys(found)).toEqual([key(username, ephemeralPassword(tenantKey('master', 'media'), username))]);
  });

  test("another tenant's key does not make this tenant's user", () => {
    const forged = key(username, ephemeralPassword(tenantKey('master', 'other'), username));
    expect(keys(candidates([derived('master')], username))).not.toContain(forged);
  });

  test('each master gives a key', () => {
    expect(candidates([derived('current', 'previous')], username)).toHaveLength(2);
  });
});

describe('users of different scopes never share an id', () => {
  test.each([
    ['the same name', 'alice', 'alice'],
    ['a gateway user spelt like a tenant user', 'media/alice', `${NOW}:media/alice`],
    ['a gateway user spelt like a route user', 'media/turn:alice', 'alice'],
    ['a route user spelt like a tenant user', 'turn/alice', `${NOW}:media/turn/alice`],
  ])('%s', (_, one, other) => {
    const credentials = [
      ...[one, other].flatMap(name => [GATEWAY, ROUTE].map(scope => fixed(scope, name, 'p'))),
      derived('m'),
    ];
    const identities = [one, other].flatMap(name => candidates(credentials, name).map(c => c.identity));
    const scopes = new Map<string, string>();
    for (const { userId, scope } of identities) {
      expect(scopes.get(userId) ?? JSON.stringify(scope)).toBe(JSON.stringify(scope));
      scopes.set(userId, JSON.stringify(scope));
    }
    expect(scopes.size).toBeGreaterThanOrEqual(2);
  });
});

describe('nobody', () => {
  test.each<[string, Credential]>([
    ['static password', fixed(GATEWAY, `${NOW}:a/b`, '')],
    ['ephemeral secret', ephemeral(GATEWAY, '')],
    ['master', derived('')],
  ])('an empty %s lets nobody in', (_, credential) => {
    expect(candidates([credential], `${NOW}:a/b`)).toEqual([]);
  });

  test('no credentials, no candidates', () => {
    expect(candidates([], `${NOW}:a/b`)).toEqual([]);
  });

  test('the key of nobody is as long as any, and nobody knows it', () => {
    const [one, other] = [new Authenticator(REALM, []), new Authenticator(REALM, [])];
    expect(one.dummyKey).toHaveLength(longTermKey('a', REALM, 'b').length);
    expect(one.dummyKey).not.toEqual(other.dummyKey);
  });
});

test('all credentials that a name could belong to are candidates, and keys do not depend on what is cached', () => {
  const username = `${NOW}:media/alice`;
  const credentials = [
    fixed(GATEWAY, username, 'p'),
    ephemeral(GATEWAY, 'a', 'b'),
    ephemeral(ROUTE, 'c'),
    derived('m', 'n'),
  ];
  const tiny = new Authenticator(REALM, credentials, 1);
  const found = tiny.candidates(username, NOW);
  expect(users(found)).toEqual([
    `gateway:${username}`,
    'gateway:media/alice',
    'gateway:media/alice',
    'media/turn:media/alice',
    'media/alice',
    'media/alice',
  ]);
  expect(new Set(keys(found)).size).toBe(6);
  expect(tiny.candidates(username, NOW)).toEqual(found);
});
