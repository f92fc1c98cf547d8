import { Attribute, type ErrorCode } from '../stun/constants';
import { PASSWORD_ALGORITHMS } from '../stun/password-algorithm';
import { SecurityFeature } from '../stun/security-features';
import type { TurnContext } from './context';
import type { Request } from './request';

/** Asks for credentials: 401 or 438 with all that the next request needs (RFC 8489 9.2.4). */
export function challenge(context: TurnContext, request: Request, code: ErrorCode): false {
  const { realm, nonces, authenticator } = context.settings;
  const features =
    SecurityFeature.PasswordAlgorithms | (authenticator.usernameAnonymity ? SecurityFeature.UsernameAnonymity : 0);
  context.reply.error(request, code, writer => {
    writer.text(Attribute.Realm, realm);
    writer.text(Attribute.Nonce, nonces.issue(request.flow.client, context.unixSeconds(), features));
    writer.bytes(Attribute.PasswordAlgorithms, PASSWORD_ALGORITHMS);
  });
  return false;
}
