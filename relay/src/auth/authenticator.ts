import { randomBytes } from 'node:crypto';
import type { KeyHash } from '../stun/integrity';
import type { Candidate } from './candidate';
import type { Credential, Identity } from './credential';
import { GuessBudget } from './guess-budget';
import { Recent } from './recent';
import { type SharedSecret, SharedSecrets } from './shared-secrets';
import { StaticUsers } from './static-users';

/** Secrets that every request may be tried on; the rest come out of the budget of guesses. */
const FREE_GUESSES = 8;
/** Each costs some ten microseconds: a twentieth of a core at most. */
const GUESSES_PER_SECOND = 5000;
const REMEMBERED_USERS = 10_000;

export interface AuthenticatorOptions {
  /**
   * Longest time, in seconds from now, for which a time-limited user name may be made out: a leaked shared secret, or a
   * careless backend, then makes no user for ever.
   * @default unlimited, as stunnerd has it
   */
  readonly longestCredentialSeconds?: number;
  /** Time-limited users whose secret is remembered. @default 10000 */
  readonly rememberedUsers?: number;
  /** Guesses a second, beyond the first 8 secrets of each request, that failures may cost. @default 5000 */
  readonly guessesPerSecond?: number;
}

/** A client who knows a password, and the long-term key that it proved to know. */
export interface Proof {
  readonly identity: Identity;
  readonly key: Uint8Array;
}

/**
 * Tells who a client is. Several credentials can hold the same user name: whose key verifies the message, is the client.
 *
 * - Takes the same number of HMACs for an unknown user as for a wrong password.
 * - A time-limited name does not tell its secret, so each secret is a guess. What failures cost stays within a budget;
 *   who has logged in once costs one guess from then on. With very many secrets, derived credentials need no guessing.
 *
 * Built anew for each configuration. An empty password or secret lets nobody in.
 */
export class Authenticator {
  /**
   * Whether all users can be found by USERHASH. A time-limited name is not known before it is sent, so that one such
   * credential makes it false.
   */
  readonly usernameAnonymity: boolean;
  private readonly users: StaticUsers;
  private readonly secrets: SharedSecrets;
  private readonly remembered: Recent<readonly [SharedSecret, Candidate]>;
  private readonly budget: GuessBudget;
  private readonly nobodysKey = randomBytes(32);

  constructor(
    readonly realm: string,
    credentials: readonly Credential[],
    options: AuthenticatorOptions = {},
  ) {
    this.users = new StaticUsers(realm);
    this.secrets = new SharedSecrets(realm, options.longestCredentialSeconds ?? Infinity);
    this.remembered = new Recent(options.rememberedUsers ?? REMEMBERED_USERS);
    this.budget = new GuessBudget(options.guessesPerSecond ?? GUESSES_PER_SECOND);
    this.usernameAnonymity = credentials.every(({ type }) => type === 'static');
    for (const credential of credentials) {
      if (credential.type === 'ephemeral') this.secrets.addEphemeral(credential);
      else if (credential.type === 'derived') this.secrets.addDerived(credential);
      else if (credential.password !== '') this.users.add(credential);
    }
  }

  /** The user name that a USERHASH stands for (RFC 8489 14.4). */
  usernameOf(userhash: Uint8Array): string | undefined {
    return this.users.nameOf(userhash);
  }

  /**
   * Tries the keys of everybody whom the name may stand for now.
   *
   * @param username undefined for an unknown USERHASH.
   * @param proves whether the message was signed with a key; takes one HMAC.
   * @returns undefined if nobody's key does, `exhausted` if there were too many to try.
   */
  authenticate(
    username: string | undefined,
    hash: KeyHash,
    nowSeconds: number,
    proves: (key: Uint8Array) => boolean,
  ): Proof | 'exhausted' | undefined {
    let guesses = 0;
    const mayGuess = (): boolean => guesses++ < FREE_GUESSES || this.budget.take(nowSeconds);
    for (const [secret, candidate] of username === undefined ? [] : this.candidates(username, nowSeconds)) {
      if (!mayGuess()) return 'exhausted';
      const key = candidate.key(hash);
      if (!proves(key)) continue;
      this.budget.giveBack(Math.max(0, guesses - FREE_GUESSES));
      if (secret !== undefined) this.remembered.set(username!, [secret, candidate]);
      return { identity: candidate.identity, key };
    }
    // Equal work, so that time does not tell an unknown user from a wrong password.
    while (guesses < Math.max(1, this.users.mostPasswords)) {
      if (!mayGuess()) return 'exhausted';
      proves(this.nobodysKey);
    }
    return undefined;
  }

  private *candidates(username: string, nowSeconds: number): Generator<readonly [SharedSecret | undefined, Candidate]> {
    for (const user of this.users.named(username)) yield [undefined, user];
    const known = this.remembered.get(username);
    if (known !== undefined && known[1].expiry >= nowSeconds) yield known;
    for (const each of this.secrets.named(username, nowSeconds)) {
      if (each[0] !== known?.[0]) yield each;
    }
  }
}
