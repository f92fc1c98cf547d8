import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { type KeyHash, longTermKey } from '../../../relay/src/stun/integrity';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { NonceIssuer } from '../../../relay/src/stun/nonce';
import { ALICE, BOB, Client, Harness, REALM, settings } from './harness';
import { ALGORITHM, ALGORITHMS, byBest, byBoth, bySha1, type Manner, ModernClient, signatures } from './modern-client';

const PASSWORD = 'open sesame';
const key = (hash: KeyHash): Uint8Array => longTermKey('alice', REALM, PASSWORD, hash);
const ephemeral = { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: ['a shared secret'] } as const;

describe('the challenge (RFC 8489 9.2.4)', () => {
  test('lists the password algorithms, the best first, and says so in the nonce cookie', () => {
    const answer = new ModernClient(new Harness()).challenge();
    const list = answer.reader.find(Attribute.PasswordAlgorithms);
    const start = answer.reader.valueOffset(list);
    expect(Buffer.from(answer.reader.bytes.subarray(start, start + answer.reader.valueLength(list)))).toEqual(
      ALGORITHMS,
    );
    expect(answer.text(Attribute.Nonce)).toMatch(/^obMatJos2(gAAB|wAAD)/);
  });

  test.each([
    ['static credentials alone', [ALICE, BOB], 'obMatJos2wAAD'],
    ['an ephemeral credential', [ALICE, ephemeral], 'obMatJos2gAAB'],
  ])('with %s, username anonymity is announced or not: the cookie is %s', (_, credentials, cookie) => {
    const client = new ModernClient(new Harness({ credentials }));
    expect(client.freshNonce().slice(0, 13)).toBe(cookie);
  });

  test('438 has all that 401 has', () => {
    const client = new ModernClient(new Harness());
    const answer = client.allocateBy({ nonce: 'obMatJos2wAADforeign' });
    expect(answer.code).toBe(438);
    expect(answer.text(Attribute.Realm)).toBe(REALM);
    expect(answer.text(Attribute.Nonce)).toMatch(/^obMatJos2wAAD/);
    expect(answer.reader.has(Attribute.PasswordAlgorithms)).toBe(true);
    expect(answer.reader.has(Attribute.Username)).toBe(false);
  });

  test('is small: no phrase, no SOFTWARE', () => {
    const harness = new Harness();
    const answer = new ModernClient(harness).challenge();
    expect(answer.reader.valueLength(answer.reader.find(Attribute.ErrorCode))).toBe(4);
    expect(answer.reader.has(Attribute.Software)).toBe(false);
    expect(harness.toClient.at(-1)!.bytes.length).toBeLessThanOrEqual(108);
  });
});

describe('requests of RFC 8489', () => {
  test.each<[string, Manner]>([
    ['SHA-256 throughout', {}],
    ['SHA-256 throughout, and the name hidden', { anonymous: true }],
    ['an MD5 key that was negotiated', { hash: 'md5' }],
    ['both integrity attributes', { sign: byBoth }],
  ])('%s: accepted, and answered with MESSAGE-INTEGRITY-SHA256', (_, manner) => {
    const client = new ModernClient(new Harness());
    const answer = client.allocateBy(manner);
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(signatures(answer, key(manner.hash ?? 'sha256'))).toEqual(['sha256 right']);
    expect(answer.reader.valueLength(answer.reader.find(Attribute.MessageIntegritySha256))).toBe(32);
    expect(answer.reader.has(Attribute.Nonce)).toBe(false);
  });

  test.each<[string, Manner]>([
    ['SHA-1 over a SHA-256 key', { sign: bySha1 }],
    ['SHA-1 over an MD5 key that was negotiated', { sign: bySha1, hash: 'md5' }],
  ])('%s: accepted, and answered as it was asked', (_, manner) => {
    const answer = new ModernClient(new Harness()).allocateBy(manner);
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(signatures(answer, key(manner.hash ?? 'sha256'))).toEqual(['sha1 right']);
  });

  test.each<[string, Manner, string]>([
    ['without any algorithm, signed by SHA-1: as RFC 5389 had it', { sign: bySha1 }, 'sha1 right'],
    ['without any algorithm, signed by SHA-256', { sign: byBest }, 'sha256 right'],
    ['without any algorithm, the name hidden', { sign: bySha1, anonymous: true }, 'sha1 right'],
  ])('%s: the key is by MD5, and the answer is signed alike', (_, manner, signature) => {
    const client = new ModernClient(new Harness());
    const answer = client.allocateBy({ ...manner, hash: 'md5', algorithm: null, algorithms: null });
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(signatures(answer, key('md5'))).toEqual([signature]);
  });

  test('errors are signed alike, also those that come when the relay socket cannot be had', () => {
    const harness = new Harness();
    const client = new ModernClient(harness);
    harness.relayOpening = 'fails';
    const failed = client.allocateBy();
    expect([failed.code, signatures(failed, key('sha256'))]).toEqual([508, ['sha256 right']]);
    const mismatch = client.ask(Method.Refresh, () => undefined)!;
    expect([mismatch.code, signatures(mismatch, key('sha256'))]).toEqual([437, ['sha256 right']]);
  });

  test('an unknown attribute is told under protection (6.3.1)', () => {
    const answer = new ModernClient(new Harness()).allocateBy({}, writer => writer.empty(0x7ff0).empty(0x7ff1));
    expect([answer.code, signatures(answer, key('sha256'))]).toEqual([420, ['sha256 right']]);
    const types = answer.reader.valueOffset(answer.reader.find(Attribute.UnknownAttributes));
    expect(Buffer.from(answer.reader.bytes.subarray(types, types + 4)).toString('hex')).toBe('7ff07ff1');
  });

  test('one allocation is one user, whichever way each request is signed', () => {
    const client = new ModernClient(new Harness());
    client.allocateBy({ anonymous: true });
    const refresh = (manner: Manner): number | undefined => client.ask(Method.Refresh, () => undefined, manner)!.code;
    expect(refresh({})).toBeUndefined();
    expect(refresh({ hash: 'md5', algorithm: null, algorithms: null, sign: bySha1 })).toBeUndefined();
    expect(refresh({ username: 'bob', password: 'swordfish' })).toBe(441);
  });

  test.each([16, 28, 32])('MESSAGE-INTEGRITY-SHA256 cut to %d bytes is accepted (14.6)', length => {
    expect(new ModernClient(new Harness()).allocateBy({ cut: length }).messageClass).toBe(MessageClass.Success);
  });

  test.each([0, 4, 12, 18])('MESSAGE-INTEGRITY-SHA256 cut to %d bytes is refused', length => {
    expect(new ModernClient(new Harness()).allocateBy({ cut: length }).code).toBe(401);
  });
});

describe('what is not as it must be', () => {
  const wrong = Buffer.alloc(32);

  test.each<[string, Manner, number]>([
    ['a wrong password', { password: 'open barley' }, 401],
    ['an unknown user', { username: 'mallory' }, 401],
    ['an unknown USERHASH', { username: 'mallory', anonymous: true }, 401],
    ['the key of the other algorithm', { hash: 'md5', algorithm: ALGORITHM.sha256 }, 401],
    [
      'a wrong MESSAGE-INTEGRITY-SHA256 behind a right MESSAGE-INTEGRITY',
      { sign: (w, own) => w.messageIntegrity(own).bytes(Attribute.MessageIntegritySha256, wrong) },
      401,
    ],
    [
      'a MESSAGE-INTEGRITY-SHA256 that is too short, behind a right MESSAGE-INTEGRITY',
      { sign: (w, own) => w.messageIntegrity(own).bytes(Attribute.MessageIntegritySha256, wrong, 0, 12) },
      401,
    ],
    ['PASSWORD-ALGORITHMS alone', { algorithm: null }, 400],
    ['PASSWORD-ALGORITHM alone', { algorithms: null }, 400],
    ['a list that is shorter: a bid-down', { hash: 'md5', algorithms: ALGORITHMS.subarray(4) }, 400],
    ['a list in another order', { algorithms: Buffer.from('0001000000020000', 'hex') }, 400],
    ['a list that is longer', { algorithms: Buffer.concat([ALGORITHMS, ALGORITHMS]) }, 400],
    ['an algorithm that is not in the list', { algorithm: 0x00030000 }, 400],
    ['an algorithm with parameters', { algorithm: 0x00020004 }, 400],
    ['a user name of 509 bytes', { username: 'x'.repeat(509) }, 400],
    ['a user name of 508 bytes', { username: 'x'.repeat(508) }, 401],
  ])('%s: %d', (_, manner, code) => {
    const harness = new Harness();
    const answer = new ModernClient(harness).allocateBy(manner);
    expect([answer.code, answer.reader.has(Attribute.Nonce)]).toEqual([code, code === 401]);
    expect(answer.reader.has(Attribute.MessageIntegritySha256)).toBe(false);
    expect(harness.opened).toHaveLength(0);
  });

  test.each([0, 31, 33])('a USERHASH of %d bytes: 400', length => {
    const client = new ModernClient(new Harness());
    const nonce = client.freshNonce();
    const request = client.message(MessageClass.Request, Method.Allocate, writer => {
      writer
        .bytes(Attribute.Userhash, new Uint8Array(length))
        .text(Attribute.Realm, REALM)
        .text(Attribute.Nonce, nonce);
      byBest(writer, key('md5'));
    });
    expect(client.raw(request)!.code).toBe(400);
  });

  test('a nonce whose cookie was changed on the path, to hide that there are algorithms: 438', () => {
    const client = new ModernClient(new Harness());
    const nonce = client.freshNonce().replace('obMatJos2wAAD', 'obMatJos2AAAA');
    expect(client.allocateBy({ nonce, hash: 'md5', algorithm: null, algorithms: null, sign: bySha1 }).code).toBe(438);
  });

  test.each<[string, (writer: MessageWriter, own: Uint8Array) => unknown]>([
    ['MESSAGE-INTEGRITY', bySha1],
    ['MESSAGE-INTEGRITY-SHA256', byBest],
    ['both', byBoth],
  ])('attributes behind %s are not there (14.5, 14.6)', (_, sign) => {
    const client = new ModernClient(new Harness());
    const smuggle = (writer: MessageWriter, own: Uint8Array): unknown => {
      sign(writer, own);
      return writer.empty(0x7ff0).uint32(Attribute.Lifetime, 60);
    };
    const answer = client.allocateBy({ sign: smuggle });
    expect([answer.code, answer.reader.uint32(Attribute.Lifetime)]).toEqual([undefined, 600]);
  });

  test('MESSAGE-INTEGRITY behind MESSAGE-INTEGRITY-SHA256 is not there (14.6)', () => {
    const sign = (w: MessageWriter, own: Uint8Array): unknown =>
      (byBest(w, own) as MessageWriter).bytes(Attribute.MessageIntegrity, new Uint8Array(20));
    expect(new ModernClient(new Harness()).allocateBy({ sign }).code).toBeUndefined();
  });
});

describe('a client of RFC 5389 that echoes the nonce and knows nothing of its cookie', () => {
  test('works as ever', () => {
    const client = new Client(new Harness());
    expect(client.allocate().code).toBeUndefined();
    expect(client.permit('10.1.0.1').code).toBeUndefined();
  });
});

describe('nonces and configurations', () => {
  const manner = { algorithm: null, algorithms: null, hash: 'md5', sign: bySha1 } as const;
  const refresh = (client: ModernClient, nonce: string): ReturnType<ModernClient['allocateBy']> =>
    client.ask(Method.Refresh, () => undefined, { ...manner, nonce })!;

  const rotate = (harness: Harness, key: number): void =>
    harness.server.apply({ ...settings(), nonces: new NonceIssuer(new Uint8Array(32).fill(key)) });

  test('a nonce of the key before is valid still: who says goodbye is not asked again', () => {
    const harness = new Harness();
    const client = new ModernClient(harness);
    const old = client.freshNonce();
    client.allocateBy({ ...manner, nonce: old });
    rotate(harness, 9);
    rotate(harness, 9);
    expect(refresh(client, old).code).toBeUndefined();
    expect(client.freshNonce()).not.toBe(old);
  });

  test('a nonce of the key before that costs a client one 438', () => {
    const harness = new Harness();
    const client = new ModernClient(harness);
    const old = client.freshNonce();
    client.allocateBy({ ...manner, nonce: old });
    rotate(harness, 9);
    rotate(harness, 10);
    const stale = refresh(client, old);
    expect(stale.code).toBe(438);
    expect(refresh(client, stale.text(Attribute.Nonce)!).code).toBeUndefined();
  });

  test('a nonce from before other features were announced is valid still', () => {
    const harness = new Harness();
    const client = new ModernClient(harness);
    const old = client.freshNonce();
    client.allocateBy({ ...manner, nonce: old });
    harness.server.apply(settings({ credentials: [ALICE, BOB, ephemeral] }));
    expect(client.freshNonce().slice(0, 13)).not.toBe(old.slice(0, 13));
    expect(refresh(client, old).code).toBeUndefined();
  });
});

describe('work for failures', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({
    type: 'ephemeral' as const,
    scope: { kind: 'route' as const, credential: `ns-${i}/turn` },
    secrets: Array.from({ length: 250 }, (__, j) => `secret ${i} ${j}`),
  }));

  test('is bounded: when failures have used up the guesses there is no answer, and that is counted', () => {
    const harness = new Harness({ credentials: [ALICE, ...many] });
    const client = new ModernClient(harness);
    const nonce = client.freshNonce();
    const mallory = { username: `${harness.now}:mallory`, nonce };
    expect(client.allocateBy(mallory)).toBeUndefined();
    expect(harness.server.counters.drops['too-many-guesses']).toBe(1);
    // THEN others log in as before
    expect(client.allocateBy({ nonce }).code).toBeUndefined();
  });
});

describe('300 Try Alternate (RFC 8489 10)', () => {
  const V4 = Endpoint.of('198.51.100.7', 3478);
  const V6 = Endpoint.of('2001:db8::7', 3478);

  function draining(addresses: readonly Endpoint[], domain?: string): Harness {
    const harness = new Harness();
    harness.server.apply({ ...settings(), alternateServer: { addresses, domain } });
    harness.server.drain(() => undefined);
    return harness;
  }
  const alternates = ({ reader }: ReturnType<ModernClient['challenge']>): string[] => {
    const found: string[] = [];
    for (
      let i = reader.find(Attribute.AlternateServer);
      i >= 0;
      i = reader.findNext(Attribute.AlternateServer, i + 1)
    ) {
      const at = reader.valueOffset(i);
      found.push(Buffer.from(reader.bytes.subarray(at, at + reader.valueLength(i))).toString('hex'));
    }
    return found;
  };
  const [v4, v6] = ['00010d96c6336407', '00020d9620010db8000000000000000000000007'];

  test.each([
    ['IPv4', '203.0.113.5', [v4, v6]],
    ['IPv6', '2001:db8::5', [v6, v4]],
  ])('a client by %s is told the server of its own family first', (_, address, expected) => {
    const client = new ModernClient(draining([V6, V4]), { address });
    const answer = client.allocateBy();
    expect([answer.code, alternates(answer)]).toEqual([300, expected]);
    expect(signatures(answer, key('sha256'))).toEqual(['sha256 right']);
    expect(answer.reader.has(Attribute.AlternateDomain)).toBe(false);
  });

  test('with ALTERNATE-DOMAIN where the other server has another certificate', () => {
    const answer = new ModernClient(draining([V4], 'turn-2.example.com')).allocateBy();
    expect(answer.text(Attribute.AlternateDomain)).toBe('turn-2.example.com');
  });

  test('never to who has not proven who it is', () => {
    const client = new ModernClient(draining([V4]));
    expect(client.challenge().code).toBe(401);
    expect(client.allocateBy({ password: 'open barley' }).code).toBe(401);
  });

  test.each<[string, Endpoint[]]>([
    ['another family', [V6]],
    ['none', []],
  ])('where the only other server is of %s: 508', (_, addresses) => {
    expect(new ModernClient(draining(addresses)).allocateBy().code).toBe(508);
  });
});
