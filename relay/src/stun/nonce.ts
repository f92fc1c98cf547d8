import { timingSafeEqual } from 'node:crypto';
import type { Endpoint } from '../net/endpoint';
import { writeUint16, writeUint32 } from './big-endian';
import { hmac, HMAC_BLOCK } from './hmac';
import { NONCE_COOKIE_LENGTH, nonceCookie } from './security-features';

/** RFC 8489 9.2.4 has a server change the nonce at least hourly. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const MIN_KEY_LENGTH = 16;

/** Clocks of replicas differ, and a clock may be set back. */
const TOLERANCE_SECONDS = 60;

/** Together a multiple of three bytes, so that base64 needs no padding and each nonce has one spelling. */
const TIME_LENGTH = 4;
const MAC_LENGTH = 14;
/** Nonces that need no second look: a client comes back with the same one several times in its first moments. */
const REMEMBERED = 1024;
const NONCE_LENGTH = NONCE_COOKIE_LENGTH + ((TIME_LENGTH + MAC_LENGTH) / 3) * 4;

/** `stale`: ours, but too old. `foreign`: not one that was issued to this client. Both are answered by 438. */
export type NonceVerdict = 'valid' | 'stale' | 'foreign';

interface Issued {
  readonly client: Endpoint;
  /** Unix time. */
  readonly seconds: number;
}

/**
 * Nonces that need no memory (RFC 8489 9.2): each carries its time of issue and a MAC that binds it to the client's
 * transport address. Whoever returns one can receive at that address, so nothing is kept for a forged sender.
 *
 * The text is the nonce cookie (RFC 8489 9.2.1), then time and MAC in base64url. The cookie is under the MAC: a client
 * that was told of other features than the server's brings back a nonce that is not the server's.
 */
export class NonceIssuer {
  private previousKey: Uint8Array | undefined;
  /** Those found to be ours of late. Whoever forgets them all only has more to do. */
  private readonly genuine = new Map<string, Issued>();

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

  /** A nonce for this client: 37 characters. @param features bits of SecurityFeature. @default none */
  issue(client: Endpoint, nowSeconds: number, features = 0): string {
    return compose(this.key, nonceCookie(features), client, nowSeconds >>> 0);
  }

  /**
   * Takes the place of an issuer, and honours what it has issued: a client that says goodbye does not stay for a 438, and
   * its allocation would be there for the rest of its lifetime. One key back: those before it are forgotten.
   */
  succeed(issuer: NonceIssuer): void {
    this.previousKey = Buffer.compare(issuer.key, this.key) === 0 ? issuer.previousKey : issuer.key;
  }

  /** Judges what a client sent as NONCE, whatever it is. */
  check(nonce: string, client: Endpoint, nowSeconds: number): NonceVerdict {
    const known = this.genuine.get(nonce);
    const issued = known?.client.equals(client) === true ? known : this.verify(nonce, client);
    if (issued === undefined) return 'foreign';
    const age = nowSeconds - issued.seconds;
    return age >= -TOLERANCE_SECONDS && age <= this.lifetimeSeconds ? 'valid' : 'stale';
  }

  /** Undefined if it was not issued to this client. */
  private verify(nonce: string, client: Endpoint): Issued | undefined {
    const given = Buffer.from(nonce);
    const time = Buffer.from(nonce.slice(NONCE_COOKIE_LENGTH), 'base64url');
    // As long in characters as in bytes: ASCII.
    if (nonce.length !== NONCE_LENGTH || given.length !== NONCE_LENGTH || time.length < TIME_LENGTH) return undefined;
    const seconds = time.readUInt32BE(0);
    const cookie = nonce.slice(0, NONCE_COOKIE_LENGTH);
    const isOf = (key: Uint8Array | undefined): boolean =>
      key !== undefined && timingSafeEqual(given, Buffer.from(compose(key, cookie, client, seconds)));
    if (!isOf(this.key) && !isOf(this.previousKey)) return undefined;
    const issued = { client: client.clone(), seconds };
    if (this.genuine.size >= REMEMBERED) this.genuine.clear();
    this.genuine.set(nonce, issued);
    return issued;
  }
}

/** Scratch: what the MAC is made of, and what is written out of time and MAC. */
const input = Buffer.alloc(HMAC_BLOCK + NONCE_COOKIE_LENGTH + TIME_LENGTH + 18);
const output = Buffer.alloc(TIME_LENGTH + MAC_LENGTH);

function compose(key: Uint8Array, cookie: string, client: Endpoint, issuedSeconds: number): string {
  let at = HMAC_BLOCK + input.write(cookie, HMAC_BLOCK, 'latin1');
  for (const word of [issuedSeconds, client.a, client.b, client.c, client.d]) {
    writeUint32(input, at, word);
    at += 4;
  }
  writeUint16(input, at, client.port);
  const mac = hmac('sha256', key, input, input.length);
  writeUint32(output, 0, issuedSeconds);
  mac.copy(output, TIME_LENGTH, 0, MAC_LENGTH);
  return cookie + output.toString('base64url');
}
