import { type KeyHash, longTermKey } from '../stun/integrity';
import type { Identity } from './credential';

/** Somebody whom a user name may stand for, with the keys that would prove it. A key is made when it is asked for. */
export class Candidate {
  private readonly keys = new Map<KeyHash, Uint8Array>();

  /**
   * @param expiry last second of validity, Unix time.
   * @param password makes the password.
   */
  constructor(
    readonly identity: Identity,
    private readonly username: string,
    private readonly realm: string,
    private readonly password: () => string,
    readonly expiry = Infinity,
  ) {}

  /** Long-term key (RFC 8489 9.2.2). */
  key(hash: KeyHash): Uint8Array {
    let key = this.keys.get(hash);
    if (key === undefined) {
      key = longTermKey(this.username, this.realm, this.password(), hash);
      this.keys.set(hash, key);
    }
    return key;
  }
}
