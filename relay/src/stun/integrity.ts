import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readUint32, writeUint16 } from './big-endian';
import { Attribute, ATTRIBUTE_HEADER_LENGTH, HEADER_LENGTH } from './constants';
import type { MessageReader } from './message-reader';

export const FINGERPRINT_LENGTH = 4;
const FINGERPRINT_XOR = 0x5354554e;

/** One way to protect a message: which attribute carries the HMAC, and which hash makes it. */
export interface Integrity {
  readonly attribute: number;
  readonly hash: string;
  /** Bytes of the attribute's value. */
  readonly length: number;
}

/** MESSAGE-INTEGRITY (RFC 8489 14.5). */
export const INTEGRITY_SHA1: Integrity = { attribute: Attribute.MessageIntegrity, hash: 'sha1', length: 20 };

/**
 * The HMAC of the message that starts at `offset`, for an integrity attribute at `end`: of all that comes before, under
 * a length field that ends with the attribute, whatever follows it.
 */
export function messageHmac(
  integrity: Integrity,
  key: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  end: number,
): Buffer {
  // A copy: `slice` of a Buffer would be a view, and what was received stays as it is.
  const head = Uint8Array.from(bytes.subarray(offset, offset + 4));
  writeUint16(head, 2, end + ATTRIBUTE_HEADER_LENGTH + integrity.length - offset - HEADER_LENGTH);
  return createHmac(integrity.hash, key)
    .update(head)
    .update(bytes.subarray(offset + head.length, end))
    .digest();
}

/** Whether the message carries the HMAC that this key makes. False if it carries none. Compares in constant time. */
export function verifyMessageIntegrity(reader: MessageReader, key: Uint8Array, integrity = INTEGRITY_SHA1): boolean {
  const index = reader.find(integrity.attribute);
  if (index < 0 || reader.valueLength(index) !== integrity.length) return false;
  const value = reader.valueOffset(index);
  const expected = messageHmac(integrity, key, reader.bytes, reader.offset, value - ATTRIBUTE_HEADER_LENGTH);
  return timingSafeEqual(expected, reader.bytes.subarray(value, value + integrity.length));
}

/** FINGERPRINT of the message from `offset` to `end`, whose length field counts the attribute already (RFC 8489 14.7). */
export function fingerprint(bytes: Uint8Array, offset: number, end: number): number {
  return (crc32(bytes.subarray(offset, end)) ^ FINGERPRINT_XOR) >>> 0;
}

/** Whether FINGERPRINT is right, and the last attribute; also true of a message without one. */
export function fingerprintMatches(reader: MessageReader): boolean {
  const index = reader.find(Attribute.Fingerprint);
  if (index < 0) return true;
  const value = reader.valueOffset(index);
  return (
    reader.valueLength(index) === FINGERPRINT_LENGTH &&
    value + FINGERPRINT_LENGTH === reader.offset + reader.length &&
    readUint32(reader.bytes, value) === fingerprint(reader.bytes, reader.offset, value - ATTRIBUTE_HEADER_LENGTH)
  );
}

/** The key of a long-term credential (RFC 8489 9.2.2): MD5 of user name, realm and password. */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return createHash('md5')
    .update(`${username}:${opaqueString(realm)}:${opaqueString(password)}`)
    .digest();
}

/** RFC 8265 4.2.2: spaces of all kinds are one, and composed characters too. */
function opaqueString(text: string): string {
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
