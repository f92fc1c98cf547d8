import { Attribute, ErrorCode } from '../stun/constants';
import { verifyMessageIntegrity } from '../stun/integrity';
import type { TurnContext } from './context';
import type { Request } from './request';

/**
 * The long-term credential mechanism (RFC 8489 9.2.4). True if the request proved who sent it: `identity` and `key` are
 * then set. Otherwise it has been answered.
 */
export function authenticate(context: TurnContext, request: Request): boolean {
  const { message, flow } = request;
  if (!message.has(Attribute.MessageIntegrity)) return challenge(context, request, ErrorCode.Unauthenticated);

  const username = message.text(Attribute.Username);
  const nonce = message.text(Attribute.Nonce);
  if (username === undefined || nonce === undefined || !message.has(Attribute.Realm)) {
    context.reply.error(request, ErrorCode.BadRequest);
    return false;
  }

  // The nonce first: it costs one hash and proves that the source address is real.
  const seconds = context.unixSeconds();
  if (context.settings.nonces.check(nonce, flow.client, seconds) !== 'valid')
    return challenge(context, request, ErrorCode.StaleNonce);

  const candidates = context.settings.authenticator.candidates(username, seconds);
  for (const { identity, key } of candidates) {
    if (verifyMessageIntegrity(message, key)) {
      request.identity = identity;
      request.key = key;
      return true;
    }
  }
  // Equal work, so that time does not tell an unknown user from a wrong password.
  if (candidates.length === 0) verifyMessageIntegrity(message, context.settings.authenticator.dummyKey);
  context.events.authenticationFailed(flow, username);
  return challenge(context, request, ErrorCode.Unauthenticated);
}

function challenge(context: TurnContext, request: Request, code: ErrorCode): false {
  const { realm, nonces } = context.settings;
  context.reply.error(request, code, writer => {
    writer.text(Attribute.Realm, realm);
    writer.text(Attribute.Nonce, nonces.issue(request.flow.client, context.unixSeconds()));
  });
  return false;
}
