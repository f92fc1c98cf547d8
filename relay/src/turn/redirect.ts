import type { Endpoint } from '../net/endpoint';
import { Attribute, ErrorCode } from '../stun/constants';
import type { TurnContext } from './context';
import type { Request } from './request';

/** Where clients are sent to (RFC 8489 10). */
export interface AlternateServer {
  /** Transport addresses of one server, at most one of each family; never this server's own. */
  readonly addresses: readonly Endpoint[];
  /** Name in the other server's certificate, if it is not the name in this one's. */
  readonly domain?: string;
}

/**
 * Answers an authenticated request with 300 and ALTERNATE-SERVER (RFC 8489 10). False, and no answer, if there is no
 * other server that the client's address family leads to.
 */
export function redirect(context: TurnContext, request: Request): boolean {
  const { client } = request.flow;
  const { addresses = [], domain } = context.settings.alternateServer ?? {};
  const [same] = addresses.filter(({ isIpv4 }) => isIpv4 === client.isIpv4);
  if (same === undefined || request.key === undefined) return false;
  context.reply.error(request, ErrorCode.TryAlternate, writer => {
    // The client's own family comes first.
    writer.address(Attribute.AlternateServer, same);
    for (const other of addresses) if (other.isIpv4 !== client.isIpv4) writer.address(Attribute.AlternateServer, other);
    if (domain !== undefined) writer.text(Attribute.AlternateDomain, domain);
  });
  return true;
}
