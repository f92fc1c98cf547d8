import { Attribute } from '../stun/constants';

/** Comprehension-required attributes that TURN requests may carry here; any other is answered with 420. */
export const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  Attribute.Username,
  Attribute.MessageIntegrity,
  Attribute.Realm,
  Attribute.Nonce,
  Attribute.ChannelNumber,
  Attribute.Lifetime,
  Attribute.XorPeerAddress,
  Attribute.Data,
  Attribute.RequestedAddressFamily,
  Attribute.RequestedTransport,
]);
