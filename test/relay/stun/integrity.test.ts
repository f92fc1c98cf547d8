import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { writeUint32 } from '../../../relay/src/stun/big-endian';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import {
  fingerprint,
  fingerprintMatches,
  INTEGRITY_SHA1,
  INTEGRITY_SHA256,
  integrityOf,
  longTermKey,
  messageHmac,
  userhash,
  verifyMessageIntegrity,
} from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { SAMPLE_REQUEST, SHORT_TERM_PASSWORD } from './rfc5769';

const KEY = longTermKey('alice', 'example.org', 'secret');

function signed(finish: (writer: MessageWriter) => MessageWriter): Uint8Array {
  const bytes = new Uint8Array(256);
  const writer = new MessageWriter().begin(
    bytes,
    0,
    MessageClass.Request,
    Method.Allocate,
    new Uint8Array(12).fill(9),
    0,
  );
  return bytes.slice(0, finish(writer.text(Attribute.Username, 'alice').messageIntegrity(KEY)).end());
}

function verifies(message: Uint8Array, key = KEY): boolean {
  const reader = new MessageReader();
  return reader.read(message, 0, message.length) && verifyMessageIntegrity(reader, key);
}

function fingerprintOf(message: Uint8Array): boolean {
  const reader = new MessageReader();
  return reader.read(message, 0, message.length) && fingerprintMatches(reader);
}

describe('MESSAGE-INTEGRITY (RFC 8489 14.5)', () => {
  const message = signed(w => w);

  test('verifies under its key only', () => {
    expect(verifies(message)).toBe(true);
    expect(verifies(message, longTermKey('alice', 'example.org', 'Secret'))).toBe(false);
  });

  test('fails when any bit of any byte changes', () => {
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        expect(verifies(message.with(at, message[at]! ^ bits))).toBe(false);
      }),
    );
    for (let at = 0; at < message.length; at++) expect(verifies(message.with(at, message[at]! ^ 1))).toBe(false);
  });

  test('covers the length up to itself, whatever follows (FINGERPRINT, or attributes that are ignored)', () => {
    expect(verifies(signed(w => w.fingerprint()))).toBe(true);
    expect(verifies(signed(w => w.uint32(Attribute.Lifetime, 5)))).toBe(true);
  });

  test('a message without one does not verify', () => {
    const bytes = new Uint8Array(20);
    new MessageWriter().begin(bytes, 0, MessageClass.Request, Method.Allocate, new Uint8Array(12), 0).end();
    expect(verifies(bytes)).toBe(false);
  });

  test.each([0, 16, 19, 21, 24])('one of %d bytes does not verify: it must not be cut', length => {
    const bytes = new Uint8Array(256);
    const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, Method.Allocate, new Uint8Array(12), 0);
    writer.bytes(Attribute.MessageIntegrity, new Uint8Array(length));
    expect(verifies(bytes.slice(0, writer.end()))).toBe(false);
  });

  test('verifying leaves the received bytes as they are, also those of a Buffer', () => {
    const received = Buffer.from(SAMPLE_REQUEST);
    expect(verifies(received, Buffer.from(SHORT_TERM_PASSWORD))).toBe(true);
    expect(fingerprintOf(received)).toBe(true);
    expect(Uint8Array.from(received)).toEqual(SAMPLE_REQUEST);
  });
});

describe('MESSAGE-INTEGRITY-SHA256 (RFC 8489 14.6)', () => {
  /** A request whose HMAC is right for the number of bytes that are left of it. */
  function cut(length: number): Uint8Array {
    const bytes = new Uint8Array(256);
    const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, Method.Allocate, new Uint8Array(12), 0);
    const end = writer.text(Attribute.Username, 'alice').end();
    writer.bytes(Attribute.MessageIntegritySha256, messageHmac(INTEGRITY_SHA256, KEY, bytes, 0, end, length));
    return bytes.slice(0, writer.end());
  }
  const verifiesSha256 = (message: Uint8Array, key = KEY): boolean => {
    const reader = new MessageReader();
    return reader.read(message, 0, message.length) && verifyMessageIntegrity(reader, key, INTEGRITY_SHA256);
  };

  test.each([
    [32, true],
    [28, true],
    [16, true],
    [12, false],
    [4, false],
    [0, false],
    [17, false],
    [30, false],
  ])('cut to %d bytes verifies: %s', (length, verified) => {
    expect(verifiesSha256(cut(length))).toBe(verified);
  });

  test('longer than a whole HMAC does not verify', () => {
    const whole = cut(32);
    const longer = new Uint8Array(whole.length + 4);
    longer.set(whole);
    longer[3]! += 4;
    longer[whole.length - 32 - 1]! += 4;
    expect(verifiesSha256(longer)).toBe(false);
  });

  test.each([16, 32])('of %d bytes fails when any byte changes, and under another key', length => {
    const message = cut(length);
    for (let at = 0; at < message.length; at++) expect(verifiesSha256(message.with(at, message[at]! ^ 1))).toBe(false);
    expect(verifiesSha256(message, longTermKey('alice', 'example.org', 'Secret'))).toBe(false);
  });

  test.each<[string, (writer: MessageWriter) => MessageWriter, typeof INTEGRITY_SHA1 | undefined]>([
    ['neither', w => w, undefined],
    ['MESSAGE-INTEGRITY', w => w.messageIntegrity(KEY), INTEGRITY_SHA1],
    ['MESSAGE-INTEGRITY-SHA256', w => w.messageIntegrity(KEY, INTEGRITY_SHA256), INTEGRITY_SHA256],
    ['both', w => w.messageIntegrity(KEY).messageIntegrity(KEY, INTEGRITY_SHA256), INTEGRITY_SHA256],
    ['both, one too short', w => w.messageIntegrity(KEY).empty(Attribute.MessageIntegritySha256), INTEGRITY_SHA256],
  ])('a message with %s is verified by the better one (9.2.4)', (_, sign, expected) => {
    const bytes = new Uint8Array(256);
    const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, Method.Allocate, new Uint8Array(12), 0);
    const reader = new MessageReader();
    expect(reader.read(bytes, 0, sign(writer).end())).toBe(true);
    expect(integrityOf(reader)).toBe(expected);
  });
});

describe('FINGERPRINT (RFC 8489 14.7)', () => {
  const message = signed(w => w.fingerprint());

  test('matches, until any byte changes', () => {
    expect(fingerprintOf(message)).toBe(true);
    // Changing the attribute's own type makes a message without fingerprint.
    const typeAt = message.length - 8;
    for (let at = 0; at < message.length; at++) {
      if (at === typeAt || at === typeAt + 1) continue;
      expect(fingerprintOf(message.with(at, message[at]! ^ 1))).toBe(false);
    }
  });

  test('is no must', () => {
    expect(fingerprintOf(signed(w => w))).toBe(true);
  });

  test('must be the last attribute', () => {
    // GIVEN a right sum over the whole length, with an attribute behind it
    const longer = signed(w => w.fingerprint().empty(0x8000));
    const value = longer.length - 4 - 4;
    writeUint32(longer, value, fingerprint(longer, 0, value - 4));
    // THEN
    expect(fingerprintOf(longer)).toBe(false);
  });
});

describe('long-term key (RFC 8489 9.2.2)', () => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const key = (username: string, realm: string, password: string): string =>
    Buffer.from(longTermKey(username, realm, password)).toString('hex');

  test('is the MD5 of user name, realm and password', () => {
    // RFC 8489 9.2.2 gives this one.
    expect(key('user', 'realm', 'pass')).toBe('8493fbc53ba582fb4c044c456bdc40eb');
  });

  test('realm and password are opaque strings (RFC 8265 4.2), the user name is taken as received', () => {
    expect(key('a\u0308', 'o\u0308', 'x\u00a0u\u0308')).toBe(md5('a\u0308:\u00f6:x \u00fc'));
  });

  test('is the SHA-256 of the same text for who negotiated it (18.5.1.2)', () => {
    const expected = createHash('sha256').update('user:realm:pass').digest();
    expect(longTermKey('user', 'realm', 'pass', 'sha256')).toEqual(expected);
  });
});

test('USERHASH is the SHA-256 of user name and realm, both opaque strings (RFC 8489 14.4)', () => {
  const expected = createHash('sha256').update('\u00e4 b:\u00f6').digest();
  expect(userhash('a\u0308\u00a0b', 'o\u0308')).toEqual(expected);
});
