import { hash } from 'node:crypto';

export type HmacHash = 'sha1' | 'sha256';

/** Bytes that both hashes take at a time (RFC 2104 2: B). */
export const HMAC_BLOCK = 64;

const LONGEST = 32;
const outer = Buffer.alloc(HMAC_BLOCK + LONGEST);
const digest = Buffer.alloc(LONGEST);

/**
 * HMAC (RFC 2104) by two hashes in one call each: requests are short, and an `Hmac` of Node's, made for streams, costs
 * three times as much.
 *
 * @param text begins with HMAC_BLOCK bytes to work in; what the HMAC is of lies behind them
 * @param end where it ends
 * @returns a scratch buffer, which the next call writes to
 */
export function hmac(algorithm: HmacHash, key: Uint8Array, text: Buffer, end: number): Buffer {
  const short = key.length > HMAC_BLOCK ? hash(algorithm, key, 'buffer') : key;
  for (let i = 0; i < HMAC_BLOCK; i++) {
    const byte = i < short.length ? short[i]! : 0;
    text[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  // As text of one byte each they are made faster than as bytes.
  const length = outer.write(hash(algorithm, text.subarray(0, end), 'latin1'), HMAC_BLOCK, 'latin1');
  digest.write(hash(algorithm, outer.subarray(0, HMAC_BLOCK + length), 'latin1'), 'latin1');
  return digest.subarray(0, length);
}
