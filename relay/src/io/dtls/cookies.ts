import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Endpoint } from '../../net/endpoint';
import type { Clock } from '../clock';
import type { CookieKeeper } from '../ffi/openssl';

/** Milliseconds after which cookies get another key; those of the key before it are good for as long once more. */
const KEY_LIFETIME = 60_000;

/**
 * Cookies that prove a ClientHello's source address (RFC 6347 4.2.1): a keyed hash of it, so that nothing need be
 * remembered of who has asked for one.
 */
export class Cookies {
  private key = newKey();
  private previous = newKey();
  private renewAt: number;
  private readonly words = new Int32Array(5);
  private readonly bytes = new Uint8Array(this.words.buffer);

  constructor(private readonly clock: Clock) {
    this.renewAt = clock() + KEY_LIFETIME;
  }

  /** Answers for the client that the endpoint holds when it is asked. */
  of(client: Endpoint): CookieKeeper {
    return { make: () => this.make(client), isValid: cookie => this.isValid(client, cookie) };
  }

  private make(client: Endpoint): Uint8Array {
    this.renew();
    return this.hash(this.key, client);
  }

  private isValid(client: Endpoint, cookie: Uint8Array): boolean {
    this.renew();
    return [this.key, this.previous].some(key => {
      const expected = this.hash(key, client);
      return cookie.length === expected.length && timingSafeEqual(cookie, expected);
    });
  }

  private renew(): void {
    const now = this.clock();
    if (now < this.renewAt) return;
    this.previous = now < this.renewAt + KEY_LIFETIME ? this.key : newKey();
    this.key = newKey();
    this.renewAt = now + KEY_LIFETIME;
  }

  private hash(key: KeyObject, { a, b, c, d, port }: Endpoint): Uint8Array {
    this.words.set([a, b, c, d, port]);
    return createHmac('sha256', key).update(this.bytes).digest();
  }
}

function newKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}
