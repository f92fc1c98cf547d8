import { ephemeralPassword } from '../../../relay/src/auth/ephemeral';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { ALICE, Client, Harness, REALM } from './harness';

const KEY = longTermKey('alice', REALM, 'open sesame');

/** A challenge's nonce for this client. */
function nonceFor(client: Client): string {
  return client.raw(client.message(MessageClass.Request, Method.Allocate))!.text(Attribute.Nonce)!;
}

describe('long-term credentials (RFC 8489 9.2.4)', () => {
  test('without MESSAGE-INTEGRITY: 401 with realm and nonce, unsigned', () => {
    const client = new Client(new Harness());
    const answer = client.raw(client.message(MessageClass.Request, Method.Allocate))!;
    expect(answer.code).toBe(401);
    expect(answer.text(Attribute.Realm)).toBe(REALM);
    expect(answer.text(Attribute.Nonce)).toMatch(/^obMatJos2/);
    for (const type of [Attribute.MessageIntegrity, Attribute.MessageIntegritySha256, Attribute.Username])
      expect(answer.reader.has(type)).toBe(false);
  });

  test.each(['username', 'realm', 'nonce'])('with MESSAGE-INTEGRITY but no %s: 400 without a challenge', missing => {
    const client = new Client(new Harness());
    const nonce = nonceFor(client);
    const request = client.message(
      MessageClass.Request,
      Method.Allocate,
      writer => {
        if (missing !== 'username') writer.text(Attribute.Username, 'alice');
        if (missing !== 'realm') writer.text(Attribute.Realm, REALM);
        if (missing !== 'nonce') writer.text(Attribute.Nonce, nonce);
      },
      KEY,
    );
    const answer = client.raw(request)!;
    expect(answer.code).toBe(400);
    expect(answer.reader.has(Attribute.Nonce)).toBe(false);
  });

  test.each([
    ['an unknown user', 'mallory', 'open sesame'],
    ['a wrong password', 'alice', 'open barley'],
  ])('%s: 401, counted', (_, username, password) => {
    const harness = new Harness();
    expect(new Client(harness, {}, username, password).allocate().code).toBe(401);
    expect(harness.failedLogins).toBe(1);
    expect(harness.opened).toHaveLength(0);
  });

  test('a nonce older than an hour: 438 with a new one, which then works', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    for (let i = 0; i < 8; i++) {
      harness.advance(500);
      client.refresh();
    }
    const before = harness.toClient.length;
    expect(client.refresh().code).toBeUndefined();
    expect(harness.toClient.length).toBe(before + 1);
  });

  test('a nonce is of no use from another address', () => {
    const harness = new Harness();
    const nonce = nonceFor(new Client(harness));
    const thief = new Client(harness, { address: '203.0.113.66' });
    const request = thief.message(
      MessageClass.Request,
      Method.Allocate,
      writer => {
        writer.text(Attribute.Username, 'alice').text(Attribute.Realm, REALM).text(Attribute.Nonce, nonce);
      },
      KEY,
    );
    expect(thief.raw(request)!.code).toBe(438);
  });

  test('who made an allocation is who may touch it: 441', () => {
    const client = new Client(new Harness());
    client.allocate();
    client.as('bob', 'swordfish');
    expect(client.refresh(0).code).toBe(441);
    expect(client.permit('10.1.0.1').code).toBe(441);
    expect(client.as('alice', 'open sesame').refresh(0).code).toBeUndefined();
  });

  test('no state is kept before a credential is proven', () => {
    const harness = new Harness();
    for (let port = 1; port < 200; port++) {
      const client = new Client(harness, { port });
      client.raw(client.message(MessageClass.Request, Method.Allocate));
    }
    expect(harness.server.store.size).toBe(0);
    expect(harness.opened).toHaveLength(0);
  });

  test('an ephemeral credential works until it expires, and its renewal refreshes the same allocation', () => {
    const secret = 'a shared secret';
    const harness = new Harness({
      credentials: [ALICE, { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: [secret] }],
    });
    const at = (seconds: number): [string, string] => {
      const username = `${harness.now / 1000 + seconds}:carol`;
      return [username, ephemeralPassword(secret, username)];
    };
    const client = new Client(harness, {}, ...at(60));
    expect(client.allocate().code).toBeUndefined();
    harness.advance(61);
    expect(client.refresh().code).toBe(401);
    expect(client.as(...at(600)).refresh().code).toBeUndefined();
  });
});

describe('messages that are not requests for a service', () => {
  test.each([
    ['an unknown method', MessageClass.Request, 0x0ff, 400],
    ['a success response', MessageClass.Success, Method.Binding, undefined],
    ['an error response', MessageClass.Error, Method.Allocate, undefined],
    ['a Binding indication', MessageClass.Indication, Method.Binding, undefined],
    ['an Allocate indication', MessageClass.Indication, Method.Allocate, undefined],
  ])('%s', (_, messageClass, method, code) => {
    const client = new Client(new Harness());
    expect(client.raw(client.message(messageClass, method))?.code).toBe(code);
  });

  test('Binding tells the reflexive address without a credential (RFC 8489 3), and mirrors FINGERPRINT', () => {
    const client = new Client(new Harness(), { address: '2001:db8::5', port: 4321 });
    const plain = client.raw(client.message(MessageClass.Request, Method.Binding))!;
    expect(plain.address(Attribute.XorMappedAddress)).toBe('[2001:db8::5]:4321');
    expect(plain.reader.has(Attribute.Fingerprint)).toBe(false);
    const marked = client.raw(client.message(MessageClass.Request, Method.Binding, writer => writer.fingerprint()))!;
    expect(marked.reader.has(Attribute.Fingerprint)).toBe(true);
  });

  test('Binding answers an unknown comprehension-required attribute with 420', () => {
    const client = new Client(new Harness());
    expect(client.raw(client.message(MessageClass.Request, Method.Binding, w => w.empty(0x7ff0)))!.code).toBe(420);
  });

  test('a wrong FINGERPRINT is dropped', () => {
    const harness = new Harness();
    const client = new Client(harness);
    const bytes = client.message(MessageClass.Request, Method.Binding, writer => writer.fingerprint());
    bytes[bytes.length - 1]! ^= 1;
    expect(client.raw(bytes)).toBeUndefined();
    expect(harness.server.counters.drops['bad-fingerprint']).toBe(1);
  });
});
