import { opaqueString, userhash } from '../stun/integrity';
import { Candidate } from './candidate';
import type { StaticCredential } from './credential';
import { identify } from './user-id';

const NOBODY: readonly Candidate[] = [];

/** Users with a fixed password, by name and by USERHASH. */
export class StaticUsers {
  private readonly byName = new Map<string, Candidate[]>();
  private readonly nameByHash = new Map<string, string>();
  /** Most passwords that one name has. */
  mostPasswords = 0;

  constructor(private readonly realm: string) {}

  add(credential: StaticCredential): void {
    const prepared = opaqueString(credential.username);
    // Clients make their key of the name that they send, and not all of them prepare it (RFC 8489 14.3).
    for (const name of new Set([credential.username, prepared])) this.addAs(name, credential);
    this.nameByHash.set(userhash(prepared, this.realm).toString('latin1'), prepared);
  }

  /** Everybody of this name: one user of several credentials, or with an old and a new password. */
  named(username: string): readonly Candidate[] {
    return this.byName.get(username) ?? NOBODY;
  }

  /** The user name that a USERHASH stands for (RFC 8489 14.4). */
  nameOf(hash: Uint8Array): string | undefined {
    return this.nameByHash.get(Buffer.from(hash).toString('latin1'));
  }

  private addAs(name: string, { scope, username, password }: StaticCredential): void {
    const candidates = this.byName.get(name) ?? [];
    candidates.push(new Candidate(identify(scope, username), name, this.realm, () => password));
    this.byName.set(name, candidates);
    this.mostPasswords = Math.max(this.mostPasswords, candidates.length);
  }
}
