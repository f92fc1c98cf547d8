import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { writeUint32 } from '../../../relay/src/stun/big-endian';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import {
  fingerprint,
  fingerprintMatches,
  longTermKey,
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
});
