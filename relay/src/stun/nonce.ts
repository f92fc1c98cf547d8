import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Endpoint } from '../net/endpoint';
import { writeUint16, writeUint32 } from './big-endian';

/** RFC 8489 9.2.4 has a server change the nonce at least hourly. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const MIN_KEY_LENGTH = 16;

/** Both are multiples of three bytes, so that base64 needs no padding and each nonce has one spelling. */
const TIME_LENGTH = 6;
const MAC_LENGTH = 15;
const TIME_TEXT_LENGTH = (TIME_LENGTH / 3) * 4;
const NONCE_LENGTH = ((TIME_LENGTH + MAC_LENGTH) / 3) * 4;

/** `stale`: ours, but too old. `foreign`: not one that was issued to this client. Both are answered by 438. */
export type NonceVerdict = 'valid' | 'stale' | 'foreign';

/**
 * Nonces that need no memory (RFC 8489 9.2): each carries its time of issue and a MAC that binds it to the client's
 * transport address. Whoever returns one can receive at that address, so nothing is kept for a forged sender.
 *
 * The text is time and MAC in base64url. A security feature cookie (RFC 8489 9.2.1) would go in front of it, under the
 * MAC.
 */
export class NonceIssuer {
  /**
   * @param key at least 16 secret random bytes, the same wherever a client may come back to.
   * @param lifetimeSeconds how long a nonce is valid. @default 3600
   * @throws RangeError if the key is too short.
   */
  constructor(
    private readonly key: Uint8Array,
    private readonly lifetimeSeconds = DEFAULT_LIFETIME_SECONDS,
  ) {
    if (key.length < MIN_KEY_LENGTH) {
      throw new RangeError(
        `nonce key too short (got ${key.length} bytes): at least ${MIN_KEY_LENGTH}; use random bytes`,
      );
    }
  }

  /** A nonce for this client: 28 characters. */
  issue(client: Endpoint, nowSeconds: number): string {
    const input = Buffer.alloc(TIME_LENGTH + 18);
    input.writeUIntBE(nowSeconds, 0, TIME_LENGTH);
    writeUint32(input, TIME_LENGTH, client.a);
    writeUint32(input, TIME_LENGTH + 4, client.b);
    writeUint32(input, TIME_LENGTH + 8, client.c);
    writeUint32(input, TIME_LENGTH + 12, client.d);
    writeUint16(input, TIME_LENGTH + 16, client.port);
    const mac = createHmac('sha256', this.key).update(input).digest();
    return input.toString('base64url', 0, TIME_LENGTH) + mac.toString('base64url', 0, MAC_LENGTH);
  }

  /** Judges what a client sent as NONCE, whatever it is. */
  check(nonce: string, client: Endpoint, nowSeconds: number): NonceVerdict {
    const given = Buffer.from(nonce);
    const time = Buffer.from(nonce.slice(0, TIME_TEXT_LENGTH), 'base64url');
    if (given.length !== NONCE_LENGTH || time.length !== TIME_LENGTH) return 'foreign';
    const issuedSeconds = time.readUIntBE(0, TIME_LENGTH);
    if (!timingSafeEqual(given, Buffer.from(this.issue(client, issuedSeconds)))) return 'foreign';
    const age = nowSeconds - issuedSeconds;
    return age >= 0 && age <= this.lifetimeSeconds ? 'valid' : 'stale';
  }
}
