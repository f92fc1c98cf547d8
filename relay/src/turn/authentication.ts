import { Attribute, ErrorCode } from '../stun/constants';
import { integrityOf, verifyMessageIntegrity } from '../stun/integrity';
import type { MessageReader } from '../stun/message-reader';
import { chosenKeyHash } from '../stun/password-algorithm';
import { challenge } from './challenge';
import type { TurnContext } from './context';
import type { Request } from './request';

/** RFC 8489 14.3. */
const MAX_USERNAME_LENGTH = 508;
/** RFC 8489 14.4. */
const USERHASH_LENGTH = 32;

/**
 * The long-term credential mechanism (RFC 8489 9.2.4). True if the request proved who sent it: `identity`, `key` and
 * `integrity` are then set. Otherwise it has been answered, or is left without an answer on purpose.
 */
export function authenticate(context: TurnContext, request: Request): boolean {
  const { message, flow } = request;
  const { nonces, authenticator } = context.settings;
  const integrity = integrityOf(message);
  if (integrity === undefined) return challenge(context, request, ErrorCode.Unauthenticated);

  const user = claimedUser(message);
  const nonce = message.text(Attribute.Nonce);
  if (user === undefined || nonce === undefined || !message.has(Attribute.Realm)) return badRequest(context, request);

  // The nonce before the password, unlike in the clause: it costs one hash and proves that the source address is real.
  const seconds = context.unixSeconds();
  const isFresh = [flow.client, request.controlClient].some(
    client => client !== undefined && nonces.check(nonce, client, seconds) === 'valid',
  );
  if (!isFresh) return challenge(context, request, ErrorCode.StaleNonce);

  const hash = chosenKeyHash(message);
  if (hash === undefined) return badRequest(context, request);

  const username = typeof user === 'string' ? user : authenticator.usernameOf(user);
  const proof = authenticator.authenticate(username, hash, seconds, key =>
    verifyMessageIntegrity(message, key, integrity),
  );
  if (proof === undefined) {
    context.events.authenticationFailed(flow, username ?? 'an unknown USERHASH');
    return challenge(context, request, ErrorCode.Unauthenticated);
  }
  if (proof === 'exhausted') {
    // No answer: a client tries again, and by then there may be guesses left.
    context.counters.drop('too-many-guesses');
    return false;
  }

  request.identity = proof.identity;
  request.key = proof.key;
  // The response is protected as the request was: a client that sends the one does not always know the other.
  request.integrity = integrity;
  return true;
}

/** What the client says who it is: USERNAME, or a USERHASH. Undefined if there is neither, or not as it must be. */
function claimedUser(message: MessageReader): string | Uint8Array | undefined {
  const name = message.find(Attribute.Username);
  if (name >= 0) return message.valueLength(name) > MAX_USERNAME_LENGTH ? undefined : message.text(Attribute.Username);
  const hash = message.find(Attribute.Userhash);
  if (hash < 0 || message.valueLength(hash) !== USERHASH_LENGTH) return undefined;
  return message.bytes.subarray(message.valueOffset(hash), message.valueOffset(hash) + USERHASH_LENGTH);
}

function badRequest(context: TurnContext, request: Request): false {
  context.reply.error(request, ErrorCode.BadRequest);
  return false;
}
