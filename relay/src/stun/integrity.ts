import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readUint32, writeUint16 } from './big-endian';
import { Attribute, ATTRIBUTE_HEADER_LENGTH, HEADER_LENGTH } from './constants';
import { hmac, HMAC_BLOCK, type HmacHash } from './hmac';
import type { MessageReader } from './message-reader';

export const FINGERPRINT_LENGTH = 4;
const FINGERPRINT_XOR = 0x5354554e;
/** The longest message, with room for `hmac` to work in. */
const text = Buffer.alloc(HMAC_BLOCK + HEADER_LENGTH + 0xffff);

/** One way to protect a message: which attribute carries the HMAC, and which hash makes it. */
export interface Integrity {
  readonly attribute: number;
  readonly hash: HmacHash;
  /** Bytes of the whole HMAC. */
  readonly length: number;
  /** Bytes that a sender must leave of it at least, always a multiple of four. */
  readonly minLength: number;
}

/** MESSAGE-INTEGRITY (RFC 8489 14.5). */
export const INTEGRITY_SHA1: Integrity = {
  attribute: Attribute.MessageIntegrity,
  hash: 'sha1',
  length: 20,
  minLength: 20,
};

/** MESSAGE-INTEGRITY-SHA256 (RFC 8489 14.6). */
export const INTEGRITY_SHA256: Integrity = {
  attribute: Attribute.MessageIntegritySha256,
  hash: 'sha256',
  length: 32,
  minLength: 16,
};

/** The better of those that a message carries, which alone is to be verified (RFC 8489 9.2.4). */
export function integrityOf(reader: MessageReader): Integrity | undefined {
  return [INTEGRITY_SHA256, INTEGRITY_SHA1].find(({ attribute }) => reader.has(attribute));
}

/**
 * The HMAC of the message that starts at `offset`, for an integrity attribute at `end`: of all that comes before, under
 * a length field that ends with the attribute, whatever follows it. Cut to `length` bytes.
 *
 * @returns a scratch buffer, which the next call writes to
 */
export function messageHmac(
  integrity: Integrity,
  key: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  end: number,
  length = integrity.length,
): Buffer {
  // A copy, for what was received stays as it is.
  text.set(bytes.subarray(offset, end), HMAC_BLOCK);
  writeUint16(text, HMAC_BLOCK + 2, end + ATTRIBUTE_HEADER_LENGTH + length - offset - HEADER_LENGTH);
  return hmac(integrity.hash, key, text, HMAC_BLOCK + end - offset).subarray(0, length);
}

/** Whether the message carries the HMAC that this key makes. False if it carries none. Compares in constant time. */
export function verifyMessageIntegrity(reader: MessageReader, key: Uint8Array, integrity = INTEGRITY_SHA1): boolean {
  const index = reader.find(integrity.attribute);
  const length = index < 0 ? 0 : reader.valueLength(index);
  if (length < integrity.minLength || length > integrity.length || length % 4 !== 0) return false;
  const value = reader.valueOffset(index);
  const expected = messageHmac(integrity, key, reader.bytes, reader.offset, value - ATTRIBUTE_HEADER_LENGTH, length);
  return timingSafeEqual(expected, reader.bytes.subarray(value, value + length));
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

/** What makes a key of a password (RFC 8489 18.5.1). */
export type KeyHash = 'md5' | 'sha256';

/** The key of a long-term credential (RFC 8489 9.2.2, 18.5.1): hash of user name, realm and password. @param hash @default md5 */
export function longTermKey(username: string, realm: string, password: string, hash: KeyHash = 'md5'): Uint8Array {
  return createHash(hash)
    .update(`${username}:${opaqueString(realm)}:${opaqueString(password)}`)
    .digest();
}

/** USERHASH (RFC 8489 14.4): 32 bytes that stand for a user name. */
export function userhash(username: string, realm: string): Buffer {
  return createHash('sha256')
    .update(`${opaqueString(username)}:${opaqueString(realm)}`)
    .digest();
}

/** RFC 8265 4.2.2: spaces of all kinds are one, and composed characters too. */
export function opaqueString(text: string): string {
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
