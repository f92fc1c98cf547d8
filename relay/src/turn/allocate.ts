import { sourceOf } from '../net/source';
import { Attribute, ErrorCode } from '../stun/constants';
import type { Allocation, CreatingRequest } from './allocation';
import { type AllocatePlan, planAllocation } from './allocate-plan';
import type { TurnContext } from './context';
import { activate, answer } from './opening';
import { redirect } from './redirect';
import { refuse } from './refusal';
import { RelayedTransport } from './relayed-transport';
import type { Request } from './request';
import { Reservations } from './reservations';
import { Throttle } from './throttle';

/** Allocate (RFC 8656 7.2), step by step in the order of the clause. The success response waits for the relay socket. */
export function handleAllocate(context: TurnContext, request: Request): void {
  const { flow, now } = request;
  const { store, reply, settings, mobility, siblings } = context;

  const isMoving = mobility.movingTo(flow) !== undefined || siblings?.isExpected(flow) === true;
  if (isMoving) return reply.error(request, ErrorCode.AllocationMismatch);
  const existing = store.find(flow);
  if (existing !== undefined) {
    if (!sameTransaction(existing.request, request)) return reply.error(request, ErrorCode.AllocationMismatch);
    // A retransmission: the answer is still to come, or was lost and comes again.
    if (existing.state === 'active') answer(context, existing, now);
    return;
  }

  const listener = settings.listeners.get(flow.listener);
  if (listener === undefined) return reply.error(request, ErrorCode.Forbidden);
  const plan = planAllocation(context, request, listener);
  if (plan === ErrorCode.UnknownAttribute) return reply.unknownAttributes(request, [Attribute.DontFragment]);
  if (typeof plan === 'number') return reply.error(request, plan);
  if (!admit(context, request, plan)) return;
  if (plan.reservedElsewhere !== undefined && siblings?.admitsClaim(now) !== true)
    return context.counters.drop('too-many-questions');
  create(context, request, plan);
}

/** Quotas and capacity: what is not the request's fault. What was reserved has been charged already. */
function admit(context: TurnContext, request: Request, { reserved, reservedElsewhere }: AllocatePlan): boolean {
  const { store, settings } = context;
  const { limits } = settings;
  if (reserved === undefined && reservedElsewhere === undefined) {
    const charge = { identity: request.identity!, source: sourceOf(request.flow.client) };
    const exceeded = store.usage.exceeded(charge, limits);
    if (exceeded === 'capacity') return refuse(context, request, ErrorCode.InsufficientCapacity, exceeded);
    if (exceeded !== undefined) return refuse(context, request, ErrorCode.AllocationQuotaReached, exceeded);
    if (!context.draining) return true;
    store.usage.withdraw(charge);
  }
  if (!context.draining) return true;
  if (redirect(context, request)) return false;
  return refuse(context, request, ErrorCode.InsufficientCapacity, 'draining');
}

function create(context: TurnContext, request: Request, plan: AllocatePlan): void {
  const { store, settings, reservations, mobility, siblings, sink } = context;
  const { message, flow, identity, now } = request;
  const allocation = store.create(flow.isStream ? flow : flow.clone(), identity!, {
    transactionId: message.transactionId(),
    key: request.key!,
    integrity: request.integrity,
    fingerprint: request.fingerprint,
    lifetime: plan.lifetime,
  });
  if (plan.peerTransport === 'tcp') allocation.connections = new Set();
  if (plan.refused !== undefined) allocation.refusedFamilies.push(plan.refused);
  if (plan.mobile) mobility.enable(allocation);
  allocation.toPeers = Throttle.of(settings.limits, now);
  allocation.toClient = Throttle.of(settings.limits, now);

  if (plan.reserved !== undefined) {
    allocation.relays.push(reservations.claim(plan.reserved, allocation));
    return activate(context, allocation, now);
  }
  if (plan.reservedElsewhere !== undefined) return siblings?.claim(allocation, plan.reservedElsewhere, now);
  const relays = plan.families.map(family => relayOf(allocation, family, plan));
  allocation.relays.push(...relays);
  allocation.unanswered = relays.length;
  for (const relay of relays) sink.openRelay(relay);
}

function relayOf(allocation: Allocation, family: 4 | 6, { ports }: AllocatePlan): RelayedTransport {
  const next = ports === 'even-and-next' ? Reservations.prepare(allocation, family) : undefined;
  return new RelayedTransport(allocation, family, allocation.flow.listener, ports, next);
}

function sameTransaction(created: CreatingRequest, { message }: Request): boolean {
  return created.transactionId.every((byte, i) => byte === message.bytes[message.transactionIdOffset + i]);
}
