import type { Identity, Scope } from './credential';

export function identify(scope: Scope, user: string): Identity {
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
