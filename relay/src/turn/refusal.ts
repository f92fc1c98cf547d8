import type { ErrorCode } from '../stun/constants';
import type { TurnContext } from './context';
import type { Refusal } from './events';
import type { Request } from './request';

/** Refuses an authenticated request for want of something, counts it and tells the operator. @returns false */
export function refuse(context: TurnContext, request: Request, code: ErrorCode, why: Refusal): false {
  context.counters.refuse(why);
  context.events.refused(request.flow, request.identity!, why);
  context.reply.error(request, code);
  return false;
}
