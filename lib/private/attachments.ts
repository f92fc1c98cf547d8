/** One route's claim to a set of peers: its ports, on those listeners (all of them if undefined). */
export interface Claim {
  readonly route: string;
  readonly ports: string;
  readonly listeners: readonly string[] | undefined;
}

const claimsByGateway = new WeakMap<object, Map<string, Claim[]>>();

/**
 * Notes that a route opens ports of some peers on a gateway. stunnerd looks at the first route that knows a peer and at
 * no other, so claims to the same peers must agree.
 */
export function claim(gateway: object, peers: string, claimed: Claim): void {
  const claims = claimsByGateway.get(gateway) ?? new Map<string, Claim[]>();
  claimsByGateway.set(gateway, claims);
  claims.set(peers, [...(claims.get(peers) ?? []), claimed]);
}

/** The earlier claim to the same peers with other ports on a common listener, if there is one. */
export function disputed(gateway: object, peers: string, claimed: Claim): Claim | undefined {
  const claims = claimsByGateway.get(gateway)?.get(peers) ?? [];
  const earlier = claims.slice(0, claims.indexOf(claimed));
  return earlier.find(other => other.ports !== claimed.ports && shareListener(other.listeners, claimed.listeners));
}

function shareListener(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some(listener => b.includes(listener));
}
