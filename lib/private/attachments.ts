import { Construct } from 'constructs';
import { MediaBackend } from '../media-backend';

/** One route's claim to a set of peers: its ports, on those listeners (all of them if undefined). */
export interface Claim {
  readonly route: string;
  readonly ports: string;
  readonly listeners: readonly string[] | undefined;
}

/** A backend that a route opens to the clients of a gateway. */
export interface Attachment {
  readonly route: Construct;
  readonly routeNamespace: string;
  readonly routeName: string;
  readonly backend: MediaBackend;
  /** Name of the Secret with the route's own credential. */
  readonly secret?: string;
}

type Follower = (attachment: Attachment) => void;

const claimsByGateway = new WeakMap<object, Map<string, Claim[]>>();
const attachmentsByGateway = new WeakMap<object, Attachment[]>();
const followersByGateway = new WeakMap<object, Follower[]>();

/**
 * Notes that a route opens ports of some peers on a gateway. stunnerd looks at the first route that knows a peer and at
 * no other, so claims to the same peers must agree.
 */
export function claim(gateway: object, peers: string, claimed: Claim): void {
  const claims = claimsByGateway.get(gateway) ?? new Map<string, Claim[]>();
  claimsByGateway.set(gateway, claims);
  listAt(claims, peers).push(claimed);
}

/** The earlier claim to the same peers with other ports on a common listener, if there is one. */
export function disputed(gateway: object, peers: string, claimed: Claim): Claim | undefined {
  const claims = claimsByGateway.get(gateway)?.get(peers) ?? [];
  const earlier = claims.slice(0, claims.indexOf(claimed));
  return earlier.find(other => other.ports !== claimed.ports && shareListener(other.listeners, claimed.listeners));
}

/** Notes a backend, and tells those who follow the gateway. */
export function attach(gateway: object, attachment: Attachment): void {
  listAt(attachmentsByGateway, gateway).push(attachment);
  followersByGateway.get(gateway)?.forEach(follower => follower(attachment));
}

/** Tells of every backend of a gateway: those that are there, and those to come. */
export function follow(gateway: object, follower: Follower): void {
  listAt(followersByGateway, gateway).push(follower);
  attachmentsByGateway.get(gateway)?.forEach(follower);
}

/** The backends of a gateway, in an order that does not depend on that of construction. */
export function attachmentsOf(gateway: object): Attachment[] {
  const place = ({ routeNamespace, routeName }: Attachment) => `${routeNamespace}/${routeName}`;
  return [...(attachmentsByGateway.get(gateway) ?? [])].sort((a, b) => {
    return place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0;
  });
}

/** What Map and WeakMap have in common. */
interface Lists<K, T> {
  get(key: K): T[] | undefined;
  set(key: K, list: T[]): unknown;
}

/** The list of a key, an empty one from now on if it had none. */
function listAt<K, T>(lists: Lists<K, T>, key: K): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function shareListener(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some(listener => b.includes(listener));
}
