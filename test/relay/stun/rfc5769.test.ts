import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { fingerprintMatches, longTermKey, verifyMessageIntegrity } from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import {
  LONG_TERM,
  SAMPLE_IPV4_RESPONSE,
  SAMPLE_IPV6_RESPONSE,
  SAMPLE_LONG_TERM_REQUEST,
  SAMPLE_REQUEST,
  SHORT_TERM_PASSWORD,
} from './rfc5769';

const SHORT_TERM_KEY = Buffer.from(SHORT_TERM_PASSWORD);
const LONG_TERM_KEY = longTermKey(LONG_TERM.username, LONG_TERM.realm, LONG_TERM.password);

/** Reads the message from the middle of a larger buffer, as the server does. */
function read(message: Uint8Array): MessageReader {
  const arena = new Uint8Array(message.length + 100).fill(0xff);
  arena.set(message, 37);
  const reader = new MessageReader();
  expect(reader.read(arena, 37, message.length)).toBe(true);
  return reader;
}

function write(size = 200): { writer: MessageWriter; written: (length: number) => Uint8Array; bytes: Uint8Array } {
  const bytes = new Uint8Array(size).fill(0xff);
  return { writer: new MessageWriter(), bytes, written: length => bytes.slice(0, length) };
}

describe('RFC 5769 2.1, request with a short-term credential', () => {
  const reader = read(SAMPLE_REQUEST);

  test('header', () => {
    expect(reader.method).toBe(Method.Binding);
    expect(reader.messageClass).toBe(MessageClass.Request);
    expect(Buffer.from(reader.transactionId()).toString('hex')).toBe('b7e7a701bc34d686fa87dfae');
  });

  test('attributes', () => {
    expect(reader.text(Attribute.Software)).toBe('STUN test client');
    expect(reader.text(Attribute.Username)).toBe('evtj:h6vY');
    expect(reader.uint32(Attribute.Priority)).toBe(0x6e0001ff);
    expect(reader.uint32(Attribute.IceControlled)).toBe(0x932ff9b1);
  });

  test('integrity and fingerprint', () => {
    expect(verifyMessageIntegrity(reader, SHORT_TERM_KEY)).toBe(true);
    expect(fingerprintMatches(reader)).toBe(true);
  });
});

describe.each([
  ['RFC 5769 2.2, IPv4 response', SAMPLE_IPV4_RESPONSE, Endpoint.of('192.0.2.1', 32853)],
  ['RFC 5769 2.3, IPv6 response', SAMPLE_IPV6_RESPONSE, Endpoint.of('2001:db8:1234:5678:11:2233:4455:6677', 32853)],
])('%s', (_, sample, mapped) => {
  test('is read', () => {
    const reader = read(sample);
    const address = new Endpoint();
    expect(reader.method).toBe(Method.Binding);
    expect(reader.messageClass).toBe(MessageClass.Success);
    expect(reader.text(Attribute.Software)).toBe('test vector');
    expect(reader.xorAddress(reader.find(Attribute.XorMappedAddress), address)).toBe(true);
    expect(address).toEqual(mapped);
    expect(verifyMessageIntegrity(reader, SHORT_TERM_KEY)).toBe(true);
    expect(fingerprintMatches(reader)).toBe(true);
  });

  test('is written, but for its padding of 0x20, and so for the sums over it', () => {
    // GIVEN
    const integrityOffset = sample.length - 8 - 24;
    const zeroPadded = sample.slice(0, integrityOffset);
    zeroPadded[20 + 4 + 11] = 0;
    const { writer, bytes, written } = write();
    // WHEN
    writer
      .begin(bytes, 0, MessageClass.Success, Method.Binding, sample, 8)
      .text(Attribute.Software, 'test vector')
      .xorAddress(Attribute.XorMappedAddress, mapped)
      .messageIntegrity(SHORT_TERM_KEY)
      .fingerprint();
    const message = written(writer.end());
    // THEN
    expect(message.slice(0, integrityOffset)).toEqual(zeroPadded);
    expect(message).toHaveLength(sample.length);
    const reader = read(message);
    expect(verifyMessageIntegrity(reader, SHORT_TERM_KEY)).toBe(true);
    expect(fingerprintMatches(reader)).toBe(true);
  });
});

describe('RFC 5769 2.4, request with a long-term credential', () => {
  test('is read', () => {
    const reader = read(SAMPLE_LONG_TERM_REQUEST);
    expect(reader.text(Attribute.Username)).toBe(LONG_TERM.username);
    expect(reader.text(Attribute.Nonce)).toBe(LONG_TERM.nonce);
    expect(reader.text(Attribute.Realm)).toBe(LONG_TERM.realm);
    expect(reader.has(Attribute.Fingerprint)).toBe(false);
    expect(verifyMessageIntegrity(reader, LONG_TERM_KEY)).toBe(true);
    expect(verifyMessageIntegrity(reader, SHORT_TERM_KEY)).toBe(false);
  });

  test('is written, byte for byte', () => {
    const { writer, bytes, written } = write();
    writer
      .begin(bytes, 0, MessageClass.Request, Method.Binding, SAMPLE_LONG_TERM_REQUEST, 8)
      .text(Attribute.Username, LONG_TERM.username)
      .text(Attribute.Nonce, LONG_TERM.nonce)
      .text(Attribute.Realm, LONG_TERM.realm)
      .messageIntegrity(LONG_TERM_KEY);
    expect(written(writer.end())).toEqual(SAMPLE_LONG_TERM_REQUEST);
  });
});
