import { Attribute } from '../stun/constants';
import type { MessageReader } from '../stun/message-reader';
import type { Limits } from './limits';
import { DEFAULT_LIFETIME_SECONDS } from './settings';

/**
 * The lifetime that a request is granted, in milliseconds: what it asks for, but at least the default and at most the
 * limit; 0 stays 0 (RFC 8656 7.2, 8.2). Undefined if LIFETIME is malformed.
 */
export function grantedLifetime(message: MessageReader, limits: Limits): number | undefined {
  const index = message.find(Attribute.Lifetime);
  if (index < 0) return DEFAULT_LIFETIME_SECONDS * 1000;
  if (message.valueLength(index) !== 4) return undefined;
  const asked = message.uint32(Attribute.Lifetime)!;
  if (asked === 0) return 0;
  return Math.min(Math.max(asked, DEFAULT_LIFETIME_SECONDS), limits.lifetimeSeconds) * 1000;
}
