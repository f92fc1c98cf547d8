import { Authenticator, type AuthenticatorOptions } from '../../../relay/src/auth/authenticator';
import type { Credential, Identity, Scope } from '../../../relay/src/auth/credential';
import { ephemeralPassword, tenantKey } from '../../../relay/src/auth/ephemeral';
import { type KeyHash, longTermKey, userhash } from '../../../relay/src/stun/integrity';

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
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

/** An authenticator, the keys it tries, and what comes of it. */
class Door {
  readonly authenticator: Authenticator;
  tried: string[] = [];

  constructor(credentials: readonly Credential[], options?: AuthenticatorOptions) {
    this.authenticator = new Authenticator(REALM, credentials, options);
  }

  /** Comes with the key of this name and password. */
  knock(name: string, password: string, now = NOW, hash: KeyHash = 'md5', claimed: string | undefined = name): unknown {
    const own = hex(longTermKey(name, REALM, password, hash));
    this.tried = [];
    const proof = this.authenticator.authenticate(claimed, hash, now, key => {
      this.tried.push(hex(key));
      return hex(key) === own;
    });
    if (proof === undefined || proof === 'exhausted') return proof;
    expect(hex(proof.key)).toBe(own);
    return proof.identity satisfies Identity;
  }
}

describe('static credentials', () => {
  const alice = fixed(GATEWAY, 'alice', 'secret');

  test.each<KeyHash>(['md5', 'sha256'])('match the exact user name and password, by %s', hash => {
    const door = new Door([alice]);
    expect(door.knock('alice', 'secret', NOW, hash)).toEqual({
      userId: 'gateway:alice',
      scope: GATEWAY,
    });
    expect(door.knock('alice', 'Secret', NOW, hash)).toBeUndefined();
    for (const other of ['Alice', 'alice ', '', 'alic']) {
      expect(door.knock(other, 'secret', NOW, hash)).toBeUndefined();
    }
  });

  test('an old and a new password are one user', () => {
    const door = new Door([fixed(ROUTE, 'alice', 'new'), fixed(ROUTE, 'alice', 'old')]);
    expect(door.knock('alice', 'new')).toEqual(door.knock('alice', 'old'));
    expect(door.knock('alice', 'old')).toMatchObject({ userId: 'media/turn:alice', scope: ROUTE });
  });

  test('a user is found by USERHASH (RFC 8489 14.4), also one whose name is not prepared', () => {
    const { authenticator } = new Door([alice, fixed(GATEWAY, 'a\u0308', 'p')]);
    expect(authenticator.usernameOf(userhash('alice', REALM))).toBe('alice');
    expect(authenticator.usernameOf(userhash('\u00e4', REALM))).toBe('\u00e4');
    expect(authenticator.usernameOf(userhash('alice', 'example.com'))).toBeUndefined();
    expect(authenticator.usernameOf(new Uint8Array(32))).toBeUndefined();
  });

  test('a name that is not prepared is accepted as it is given, and prepared: one user (RFC 8265)', () => {
    const door = new Door([fixed(GATEWAY, 'a\u0308', 'p')]);
    expect(door.knock('a\u0308', 'p')).toMatchObject({ userId: 'gateway:a\u0308', scope: GATEWAY });
    expect(door.knock('\u00e4', 'p')).toMatchObject({ userId: 'gateway:a\u0308', scope: GATEWAY });
  });
});

describe('ephemeral credentials', () => {
  const username = `${NOW + 60}:alice`;

  test.each(['current', 'previous'])('the %s secret opens', secret => {
    const door = new Door([ephemeral(GATEWAY, 'current', 'previous')]);
    const expected = { userId: 'gateway:alice', scope: GATEWAY, personal: true };
    expect(door.knock(username, ephemeralPassword(secret, username))).toEqual(expected);
    expect(door.knock(username, ephemeralPassword(secret, username), NOW, 'sha256')).toEqual(expected);
  });

  test('a renewed user name is the same user', () => {
    const door = new Door([ephemeral(ROUTE, 's')]);
    const [first, renewed] = [NOW + 60, NOW + 999].map(expiry => {
      const name = `${expiry}:alice`;
      return door.knock(name, ephemeralPassword('s', name));
    });
    expect(first).toMatchObject({ userId: 'media/turn:alice', scope: ROUTE });
    expect(renewed).toEqual(first);
  });

  test.each<[string, Credential, string]>([
    ['an ephemeral', ephemeral(GATEWAY, 's'), 's'],
    ['a derived', derived('m'), tenantKey('m', 'media')],
  ])('%s one expires after its last second, also when it has been used', (_, credential, secret) => {
    const door = new Door([credential]);
    const name = `${NOW}:media/alice`;
    const password = ephemeralPassword(secret, name);
    expect(door.knock(name, password, NOW)).toBeDefined();
    expect(door.knock(name, password, NOW + 1)).toBeUndefined();
    expect(door.knock(name, password, NOW)).toBeDefined();
  });

  test('a longest lifetime can be set; there is none otherwise', () => {
    const at = (seconds: number): [string, string] => {
      const name = `${NOW + seconds}:media/alice`;
      return [name, ephemeralPassword('s', name)];
    };
    const limited = new Door([ephemeral(GATEWAY, 's'), derived('m')], { longestCredentialSeconds: 86_400 });
    expect(limited.knock(...at(86_400))).toBeDefined();
    expect(limited.knock(...at(86_401))).toBeUndefined();
    const tenant = `${NOW + 86_401}:media/alice`;
    expect(limited.knock(tenant, ephemeralPassword(tenantKey('m', 'media'), tenant))).toBeUndefined();
    expect(new Door([ephemeral(GATEWAY, 's')]).knock(...at(1e9))).toBeDefined();
  });
});

describe('derived credentials', () => {
  const username = `${NOW + 60}:media/alice`;

  test.each(['current', 'previous'])('a tenant of the %s master signs with its own key, and gets its own scope', m => {
    const door = new Door([derived('current', 'previous')]);
    expect(door.knock(username, ephemeralPassword(tenantKey(m, 'media'), username))).toEqual({
      userId: 'media/alice',
      scope: { kind: 'tenant', namespace: 'media' },
      personal: true,
    });
  });

  test("another tenant's key does not make this tenant's user", () => {
    const door = new Door([derived('master')]);
    expect(door.knock(username, ephemeralPassword(tenantKey('master', 'other'), username))).toBeUndefined();
  });
});

describe('users of different scopes never share an id', () => {
  test.each([
    ['the same name', 'alice', 'alice'],
    ['a gateway user spelt like a tenant user', 'media/alice', `${NOW}:media/alice`],
    ['a gateway user spelt like a route user', 'media/turn:alice', 'alice'],
    ['a route user spelt like a tenant user', 'turn/alice', `${NOW}:media/turn/alice`],
  ])('%s', (_, one, other) => {
    const door = new Door([
      ...[one, other].flatMap(name => [fixed(GATEWAY, name, 'gateway'), fixed(ROUTE, name, 'route')]),
      derived('m'),
    ]);
    const identities = [one, other].flatMap(name =>
      ['gateway', 'route', ephemeralPassword(tenantKey('m', 'media'), name)].map(password =>
        door.knock(name, password),
      ),
    );
    const scopes = new Map<string, string>();
    for (const identity of identities as (Identity | undefined)[]) {
      if (identity === undefined) continue;
      expect(scopes.get(identity.userId) ?? JSON.stringify(identity.scope)).toBe(JSON.stringify(identity.scope));
      scopes.set(identity.userId, JSON.stringify(identity.scope));
    }
    expect(scopes.size).toBeGreaterThanOrEqual(2);
  });
});

describe('nobody', () => {
  test.each<[string, Credential, string]>([
    ['static password', fixed(GATEWAY, `${NOW}:a/b`, ''), ''],
    ['ephemeral secret', ephemeral(GATEWAY, ''), ephemeralPassword('', `${NOW}:a/b`)],
    ['master', derived(''), ephemeralPassword(tenantKey('', 'a'), `${NOW}:a/b`)],
  ])('an empty %s lets nobody in', (_, credential, password) => {
    expect(new Door([credential]).knock(`${NOW}:a/b`, password)).toBeUndefined();
  });
});

describe('username anonymity (RFC 8489 9.2.4) is offered', () => {
  test.each<[string, boolean, Credential[]]>([
    ['when all users are known', true, [fixed(GATEWAY, 'a', 'p'), fixed(ROUTE, 'b', 'p')]],
    ['not with an ephemeral credential', false, [fixed(GATEWAY, 'a', 'p'), ephemeral(GATEWAY, 's')]],
    ['not with a derived credential', false, [derived('m')]],
  ])('%s', (_, offered, credentials) => {
    expect(new Door(credentials).authenticator.usernameAnonymity).toBe(offered);
  });
});

describe('equal work: as many HMACs', () => {
  const attempts = (door: Door, name: string, claimed: string | undefined = name): number => {
    expect(door.knock(name, 'wrong', NOW, 'md5', claimed)).toBeUndefined();
    return door.tried.length;
  };

  test('for an unknown user, or an unknown USERHASH, as for a wrong password', () => {
    const door = new Door([fixed(GATEWAY, 'alice', 'p')]);
    expect(attempts(door, 'alice')).toBe(1);
    expect(attempts(door, 'mallory')).toBe(1);
    expect(attempts(door, 'mallory', undefined)).toBe(1);
  });

  test('whichever user has two passwords', () => {
    const door = new Door([fixed(GATEWAY, 'alice', 'p'), fixed(GATEWAY, 'bob', 'new'), fixed(GATEWAY, 'bob', 'old')]);
    expect(['alice', 'bob', 'mallory'].map(name => attempts(door, name))).toEqual([2, 2, 2]);
  });

  test('for a time-limited name that has logged in as for one that has not', () => {
    const door = new Door([ephemeral(GATEWAY, 'a', 'b', 'c')]);
    const [known, unknown] = [`${NOW}:alice`, `${NOW}:mallory`];
    expect(door.knock(known, ephemeralPassword('b', known))).toBeDefined();
    expect([attempts(door, known), attempts(door, unknown)]).toEqual([3, 3]);
  });

  test('nobody knows the key of nobody', () => {
    const [one, other] = [new Door([]), new Door([])];
    attempts(one, 'mallory');
    attempts(other, 'mallory');
    expect(one.tried).not.toEqual(other.tried);
  });
});

describe('bounded work with very many secrets', () => {
  const secrets = Array.from({ length: 1000 }, (_, i) => `secret ${i}`);
  const credentials = secrets.map((secret, i) => ephemeral({ kind: 'route', credential: `ns-${i}/turn` }, secret));
  const carol = `${NOW}:carol`;
  const login = (door: Door, secret: string, now = NOW): unknown =>
    door.knock(carol, ephemeralPassword(secret, carol), now);

  test('who has logged in is found at the first guess', () => {
    const door = new Door(credentials);
    expect(login(door, 'secret 999')).toMatchObject({ userId: 'ns-999/turn:carol' });
    expect(door.tried).toHaveLength(1000);
    expect(login(door, 'secret 999')).toMatchObject({ userId: 'ns-999/turn:carol' });
    expect(door.tried).toHaveLength(1);
  });

  test('failures cost a second no more than the budget, and then one request no more than its free guesses', () => {
    const door = new Door(credentials, { guessesPerSecond: 1500 });
    const mallory = (n: number): unknown => door.knock(`${NOW}:mallory-${n}`, 'wrong');
    expect(mallory(0)).toBeUndefined();
    expect(door.tried).toHaveLength(1000);
    expect(mallory(1)).toBe('exhausted');
    expect(door.tried).toHaveLength(8 + 1500 - 992);
    for (let i = 2; i < 100; i++) {
      expect(mallory(i)).toBe('exhausted');
      expect(door.tried).toHaveLength(8);
    }
  });

  test('when it is spent, who has logged in goes on, and who is new waits a second', () => {
    const door = new Door(credentials, { guessesPerSecond: 1000 });
    login(door, 'secret 999');
    while (door.knock(`${NOW}:mallory`, 'wrong') !== 'exhausted');
    expect(login(door, 'secret 999')).toMatchObject({ userId: 'ns-999/turn:carol' });
    const dave = `${NOW + 60}:dave`;
    const password = ephemeralPassword('secret 998', dave);
    expect(door.knock(dave, password)).toBe('exhausted');
    expect(door.knock(dave, password, NOW + 1)).toMatchObject({ userId: 'ns-998/turn:dave' });
  });

  test('success is free: any number of new users logs in at once', () => {
    const door = new Door(credentials, { guessesPerSecond: 1000 });
    for (let i = 0; i < 20; i++) {
      const name = `${NOW}:user-${i}`;
      expect(door.knock(name, ephemeralPassword('secret 999', name))).toMatchObject({
        userId: `ns-999/turn:user-${i}`,
      });
    }
  });

  test('failures make nothing be remembered or forgotten', () => {
    const door = new Door(credentials.slice(0, 8), { rememberedUsers: 1 });
    login(door, 'secret 7');
    for (let i = 0; i < 100; i++) door.knock(`${NOW}:mallory-${i}`, 'wrong');
    login(door, 'secret 7');
    expect(door.tried).toHaveLength(1);
  });

  test('derived credentials need no guessing, however many tenants there are', () => {
    const door = new Door([derived('m'), ...credentials]);
    const name = `${NOW}:ns-500/carol`;
    expect(door.knock(name, ephemeralPassword(tenantKey('m', 'ns-500'), name))).toMatchObject({
      userId: 'ns-500/carol',
    });
    expect(door.tried).toHaveLength(1);
  });

  test('very many static passwords of one name are bounded too', () => {
    const door = new Door(
      secrets.map((secret, i) => fixed({ kind: 'route', credential: `ns-${i}/turn` }, 'user', secret)),
      { guessesPerSecond: 1000 },
    );
    expect(door.knock('user', 'secret 999')).toMatchObject({ userId: 'ns-999/turn:user' });
    expect(door.knock('user', 'wrong')).toBeUndefined();
    expect(door.tried).toHaveLength(1000);
    expect(door.knock('mallory', 'wrong')).toBe('exhausted');
  });
});
