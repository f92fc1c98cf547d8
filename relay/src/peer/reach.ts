import type { Scope } from '../auth/credential';
import type { ClusterConfig } from '../config/relay-config';

/**
 * Whether clients of a scope may use a route. A route that names a credential belongs to that credential alone, so not
 * even its own namespace's derived credential reaches it.
 */
export function reaches(scope: Scope, { credential, namespace }: ClusterConfig): boolean {
  switch (scope.kind) {
    case 'gateway':
      return credential === undefined;
    case 'route':
      return credential === scope.credential;
    case 'tenant':
      return credential === undefined && namespace === scope.namespace;
  }
}

/** `the gateway's credential`, `credential acme/turn`, `tenant acme`. */
export function describeScope(scope: Scope): string {
  switch (scope.kind) {
    case 'gateway':
      return "the gateway's credential";
    case 'route':
      return `credential ${scope.credential}`;
    case 'tenant':
      return `tenant ${scope.namespace}`;
  }
}

/** Who does reach a route. */
export function describeReach({ credential, namespace }: ClusterConfig): string {
  return credential === undefined
    ? `the gateway's credential and tenant ${namespace}`
    : `credential ${credential} alone`;
}
