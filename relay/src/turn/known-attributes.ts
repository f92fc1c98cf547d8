import { Attribute } from '../stun/constants';

/** Comprehension-required attributes that TURN requests may carry here; any other is answered with 420. */
export const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  Attribute.Username,
  Attribute.Userhash,
  Attribute.MessageIntegrity,
  Attribute.MessageIntegritySha256,
  Attribute.PasswordAlgorithm,
  Attribute.Realm,
  Attribute.Nonce,
  Attribute.ChannelNumber,
  Attribute.Lifetime,
  Attribute.XorPeerAddress,
  Attribute.Data,
  Attribute.RequestedAddressFamily,
  Attribute.RequestedTransport,
  Attribute.EvenPort,
  Attribute.ReservationToken,
  // Known, and refused by those who cannot set the bit.
  Attribute.DontFragment,
  Attribute.ConnectionId,
]);
