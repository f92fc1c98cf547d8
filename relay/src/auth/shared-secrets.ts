import { Candidate } from './candidate';
import type { DerivedCredential, EphemeralCredential, Identity, Scope } from './credential';
import { type EphemeralName, ephemeralPassword, readEphemeralName, readTenantName, tenantKey } from './ephemeral';
import { identify } from './user-id';

/** A secret that signs user names. */
export interface SharedSecret {
  readonly text: string;
}

interface ScopedSecret extends SharedSecret {
  readonly scope: Scope;
}

/** Time-limited users: whoever has a shared secret, or a tenant's key derived from it, makes names and passwords. */
export class SharedSecrets {
  private readonly masters: SharedSecret[] = [];
  private readonly secrets: ScopedSecret[] = [];

  /** @param longestSeconds a name that expires later than this from now stands for nobody. */
  constructor(
    private readonly realm: string,
    private readonly longestSeconds: number,
  ) {}

  addEphemeral({ scope, secrets }: EphemeralCredential): void {
    this.secrets.push(...notEmpty(secrets).map(text => ({ text, scope })));
  }

  addDerived({ masters }: DerivedCredential): void {
    this.masters.push(...notEmpty(masters).map(text => ({ text })));
  }

  /** Everybody whom this name may stand for now, each with the secret that tells; made one at a time. */
  *named(username: string, nowSeconds: number): Generator<readonly [SharedSecret, Candidate]> {
    const tenant = readTenantName(username);
    if (tenant !== undefined && this.isCurrent(tenant, nowSeconds)) {
      const { namespace, user, expiry } = tenant;
      const identity: Identity = { ...identify({ kind: 'tenant', namespace }, user), personal: true };
      for (const master of this.masters) {
        yield [master, this.candidate(identity, username, expiry, () => tenantKey(master.text, namespace))];
      }
    }
    const name = readEphemeralName(username);
    if (name !== undefined && this.isCurrent(name, nowSeconds)) {
      for (const secret of this.secrets) {
        const identity = { ...identify(secret.scope, name.user), ...personal(name, username) };
        yield [secret, this.candidate(identity, username, name.expiry, () => secret.text)];
      }
    }
  }

  private isCurrent({ expiry }: EphemeralName, nowSeconds: number): boolean {
    return expiry >= nowSeconds && expiry - nowSeconds <= this.longestSeconds;
  }

  private candidate(identity: Identity, username: string, expiry: number, secret: () => string): Candidate {
    return new Candidate(identity, username, this.realm, () => ephemeralPassword(secret(), username), expiry);
  }
}

/** A name that tells nothing but its expiry may be everybody's. */
function personal({ user }: EphemeralName, username: string): Pick<Identity, 'personal'> {
  return user === '' || user === username ? {} : { personal: true };
}

/** An empty secret lets nobody in. */
function notEmpty(texts: readonly string[]): readonly string[] {
  return texts.filter(text => text !== '');
}
