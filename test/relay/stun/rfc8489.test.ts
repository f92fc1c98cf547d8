import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import {
  INTEGRITY_SHA256,
  integrityOf,
  longTermKey,
  userhash,
  verifyMessageIntegrity,
} from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { nonceCookie, SecurityFeature } from '../../../relay/src/stun/security-features';
import { LONG_TERM } from './rfc5769';
import { SAMPLE_SHA256_REQUEST } from './rfc8489';

const { username, realm, password } = LONG_TERM;
const NONCE = `obMatJos2AAAC${LONG_TERM.nonce}`;

describe('RFC 8489 B.1 (erratum 6268), request with USERHASH, PASSWORD-ALGORITHM and MESSAGE-INTEGRITY-SHA256', () => {
  const reader = new MessageReader();
  reader.read(SAMPLE_SHA256_REQUEST, 0, SAMPLE_SHA256_REQUEST.length);
  const key = longTermKey(username, realm, password, 'sha256');

  test('is read', () => {
    expect(reader.text(Attribute.Realm)).toBe(realm);
    expect(reader.text(Attribute.Nonce)).toBe(NONCE);
    const hash = reader.valueOffset(reader.find(Attribute.Userhash));
    expect(Buffer.from(SAMPLE_SHA256_REQUEST.subarray(hash, hash + 32))).toEqual(userhash(username, realm));
  });

  test('its integrity verifies', () => {
    expect(integrityOf(reader)).toBe(INTEGRITY_SHA256);
    expect(verifyMessageIntegrity(reader, key, INTEGRITY_SHA256)).toBe(true);
    expect(verifyMessageIntegrity(reader, longTermKey(username, realm, password), INTEGRITY_SHA256)).toBe(false);
  });

  test('its nonce announces username anonymity', () => {
    const features = (cookie: string): number => Buffer.from(cookie.slice(9, 13), 'base64').readUIntBE(0, 3);
    const announced = features(nonceCookie(SecurityFeature.UsernameAnonymity));
    expect(features(NONCE) & announced).toBe(features(NONCE));
    expect(features(NONCE) & SecurityFeature.PasswordAlgorithms).toBe(0);
  });

  test('is written, byte for byte', () => {
    const bytes = new Uint8Array(200).fill(0xee);
    const writer = new MessageWriter()
      .begin(bytes, 0, MessageClass.Request, Method.Binding, SAMPLE_SHA256_REQUEST, 8)
      .bytes(Attribute.Userhash, userhash(username, realm))
      .text(Attribute.Nonce, NONCE)
      .text(Attribute.Realm, realm)
      .uint32(Attribute.PasswordAlgorithm, 0x00020000)
      .messageIntegrity(key, INTEGRITY_SHA256);
    expect(bytes.slice(0, writer.end())).toEqual(SAMPLE_SHA256_REQUEST);
  });
});
