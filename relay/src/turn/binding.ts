import { Attribute } from '../stun/constants';
import type { TurnContext } from './context';
import type { Request } from './request';

/** Binding: tells a client its reflexive transport address (RFC 8489 3). Needs no credential. */
export function handleBinding(context: TurnContext, request: Request): void {
  const unknown = request.message.unknownRequired(BINDING_ATTRIBUTES);
  if (unknown.length > 0) return context.reply.unknownAttributes(request, unknown);
  context.reply.success(request, writer => writer.xorAddress(Attribute.XorMappedAddress, request.flow.client));
}

/** Agents in the field put ICE and credential attributes into keep-alives; none of them changes the answer. */
const BINDING_ATTRIBUTES: ReadonlySet<number> = new Set([
  Attribute.Username,
  Attribute.Userhash,
  Attribute.MessageIntegrity,
  Attribute.MessageIntegritySha256,
  Attribute.PasswordAlgorithm,
  Attribute.Realm,
  Attribute.Nonce,
  Attribute.Priority,
  Attribute.UseCandidate,
]);
