import { randomBytes } from 'node:crypto';
import { longTermKey } from '../stun/integrity';
import type { Credential, Identity, Scope } from './credential';
import { ephemeralPassword, readEphemeralName, readTenantName, tenantKey } from './ephemeral';
import { KeyCache } from './key-cache';

const DEFAULT_CACHED_KEYS = 10_000;

/** Somebody whom a user name may stand for, with the key that would prove it. */
export interface Candidate {
  readonly identity: Identity;
  /** Long-term key (RFC 8489 9.2.2). */
  readonly key: Uint8Array;
}

/** A shared secret with what it opens. */
interface Secret {
  readonly id: number;
  readonly text: string;
}

/**
 * Answers who a client may be. Several credentials can hold the same user name, so there are candidates; the one whose
 * key verifies MESSAGE-INTEGRITY is the client.
 *
 * Built anew for each configuration. An empty password or secret lets nobody in.
 */
export class Authenticator {
  /** A key that no client has: verify with it when there are no candidates, so that both take as long. */
  readonly dummyKey: Uint8Array = randomBytes(16);
  private readonly statics = new Map<string, Candidate[]>();
  private readonly ephemerals: { readonly scope: Scope; readonly secret: Secret }[] = [];
  private readonly masters: Secret[] = [];
  private readonly keys: KeyCache;

  /** @param cachedKeys most keys to remember; static ones, as many as configured, are not counted. @default 10000 */
  constructor(
    readonly realm: string,
    credentials: readonly Credential[],
    cachedKeys = DEFAULT_CACHED_KEYS,
  ) {
    this.keys = new KeyCache(cachedKeys);
    let id = 0;
    const secrets = (texts: readonly string[]): Secret[] =>
      texts.filter(text => text !== '').map(text => ({ id: id++, text }));
    for (const credential of credentials) {
      switch (credential.type) {
        case 'static':
          if (credential.password !== '') this.addStatic(credential.scope, credential.username, credential.password);
          break;
        case 'ephemeral':
          for (const secret of secrets(credential.secrets)) this.ephemerals.push({ scope: credential.scope, secret });
          break;
        case 'derived':
          this.masters.push(...secrets(credential.masters));
          break;
      }
    }
  }

  /** Everybody whom this user name may stand for now; nobody if it is unknown or has expired. */
  candidates(username: string, nowSeconds: number): readonly Candidate[] {
    return [
      ...(this.statics.get(username) ?? []),
      ...this.ephemeralCandidates(username, nowSeconds),
      ...this.tenantCandidates(username, nowSeconds),
    ];
  }

  private addStatic(scope: Scope, username: string, password: string): void {
    const candidate = { identity: identify(scope, username), key: longTermKey(username, this.realm, password) };
    this.statics.set(username, [...(this.statics.get(username) ?? []), candidate]);
  }

  private ephemeralCandidates(username: string, nowSeconds: number): Candidate[] {
    const name = readEphemeralName(username);
    if (name === undefined || name.expiry < nowSeconds) return [];
    return this.ephemerals.map(({ scope, secret }) => ({
      identity: identify(scope, name.user),
      key: this.keyOf(secret, username, () => secret.text),
    }));
  }

  private tenantCandidates(username: string, nowSeconds: number): Candidate[] {
    const name = readTenantName(username);
    if (name === undefined || name.expiry < nowSeconds) return [];
    const { namespace, user } = name;
    return this.masters.map(master => ({
      identity: identify({ kind: 'tenant', namespace }, user),
      key: this.keyOf(master, username, () => tenantKey(master.text, namespace)),
    }));
  }

  private keyOf(secret: Secret, username: string, signingSecret: () => string): Uint8Array {
    return this.keys.get(`${secret.id} ${username}`, () =>
      longTermKey(username, this.realm, ephemeralPassword(signingSecret(), username)),
    );
  }
}

function identify(scope: Scope, user: string): Identity {
  return { userId: userId(scope, user), scope };
}

/**
 * The same user of two scopes is two users. A tenant's has no colon; of the others, what stands before the first colon
 * tells the scope, and only a route's credential has a slash there.
 */
function userId(scope: Scope, user: string): string {
  switch (scope.kind) {
    case 'gateway':
      return `gateway:${user}`;
    case 'route':
      return `${scope.credential}:${user}`;
    case 'tenant':
      return `${scope.namespace}/${user}`;
  }
}
