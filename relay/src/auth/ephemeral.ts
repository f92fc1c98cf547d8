import { createHmac } from 'node:crypto';
import { TENANT_KEY_PREFIX } from '../contract';

/** What a time-limited user name says. */
export interface EphemeralName {
  /** Last second of validity, Unix time. */
  readonly expiry: number;
  /** Who it is, whenever the name was made. */
  readonly user: string;
}

/** What the user name of a derived credential says. */
export interface TenantName extends EphemeralName {
  readonly namespace: string;
}

/** Password of a time-limited user name: base64(HMAC-SHA1(secret, username)). */
export function ephemeralPassword(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}

/** A tenant's own secret, made from the master: base64(HMAC-SHA256(master, prefix + namespace)). */
export function tenantKey(master: string, namespace: string): string {
  return createHmac('sha256', master)
    .update(TENANT_KEY_PREFIX + namespace)
    .digest('base64');
}

/**
 * Reads a user name that carries its expiry: the first of its parts between colons that is an integer. The user is what
 * follows in `<expiry>:<user>`, and the whole name in any other form. Undefined if there is no expiry after 1970.
 */
export function readEphemeralName(username: string): EphemeralName | undefined {
  const parts = username.split(':');
  const expiry = parts.map(parseInteger).find(value => value !== undefined);
  if (expiry === undefined || expiry <= 0) return undefined;
  const [first = '', second = ''] = parts;
  return { expiry, user: parts.length === 2 && parseInteger(first) !== undefined ? second : username };
}

/** Reads `<expiry>:<namespace>/<user>`. Undefined for any other name. */
export function readTenantName(username: string): TenantName | undefined {
  // A namespace is a DNS label (RFC 1123).
  const match = /^(\d+):([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([^:]+)$/.exec(username);
  if (match === null) return undefined;
  const [, time = '', namespace = '', user = ''] = match;
  const expiry = parseInteger(time);
  return expiry === undefined || expiry === 0 ? undefined : { expiry, namespace, user };
}

function parseInteger(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
