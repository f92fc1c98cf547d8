import type { Identity } from '../../auth/credential';
import type { Allocation, CreatingRequest, RefusedFamily } from '../allocation';
import { authorizePeer } from '../authorize-peer';
import type { TurnContext } from '../context';
import type { Flow } from '../flow';
import { Throttle, type ThrottleLevels } from '../throttle';
import { endpoint, plain, relayOf, relayRecord, type PlainEndpoint, type RelayRecord } from './records';

/** An allocation on its way to another core. Clocks of threads begin apart, so what ends is told in milliseconds left. */
export interface AllocationRecord {
  readonly identity: Identity;
  /** Whom it stays charged to, wherever its client moves. */
  readonly source: string;
  readonly request: CreatingRequest;
  readonly relays: readonly (RelayRecord & { readonly left: number })[];
  readonly tickets: readonly string[];
  readonly permissions: readonly { readonly peer: PlainEndpoint; readonly left: number }[];
  readonly channels: readonly { readonly number: number; readonly peer: PlainEndpoint; readonly left: number }[];
  readonly refusedFamilies: readonly RefusedFamily[];
  readonly reservationToken: Uint8Array | undefined;
  readonly toPeers: ThrottleLevels | undefined;
  readonly toClient: ThrottleLevels | undefined;
}

export function allocationRecord(allocation: Allocation, now: number): AllocationRecord {
  const { identity, source, request, relays, tickets, permissions, channels } = allocation;
  const { refusedFamilies, reservationToken, toPeers, toClient } = allocation;
  return {
    identity,
    source,
    request,
    relays: relays.map(relay => ({ ...relayRecord(relay), left: relay.expiresAt - now })),
    tickets: [...tickets],
    permissions: [...permissions].map(({ peer, expiresAt }) => ({ peer: plain(peer), left: expiresAt - now })),
    channels: [...channels.values()].map(({ number, peer, expiresAt }) => ({
      number,
      peer: plain(peer),
      left: expiresAt - now,
    })),
    refusedFamilies,
    reservationToken,
    toPeers: toPeers?.levels(now),
    toClient: toClient?.levels(now),
  };
}

/** The same allocation in this core, at its client's new 5-tuple, with the peers that this core's routes open. */
export function allocationOf(context: TurnContext, record: AllocationRecord, flow: Flow, now: number): Allocation {
  const { store, mobility, settings } = context;
  const allocation = store.create(flow, record.identity, record.request, record.source);
  allocation.state = 'active';
  for (const each of record.relays) {
    const relay = relayOf(each, allocation);
    allocation.relays.push(relay);
    store.keep(allocation, each.left, now, [relay]);
  }
  allocation.refusedFamilies.push(...record.refusedFamilies);
  allocation.reservationToken = record.reservationToken;
  allocation.toPeers = Throttle.of(settings.limits, now, record.toPeers);
  allocation.toClient = Throttle.of(settings.limits, now, record.toClient);
  mobility.admit(allocation, record.tickets);
  for (const { peer, left } of record.permissions) permit(context, allocation, peer, left, now);
  for (const { number, peer, left } of record.channels) {
    const at = endpoint(peer);
    const [relay, permission] = [allocation.relayFor(at), store.findPermission(allocation, at)];
    if (relay !== undefined && permission !== undefined) store.bind(number, at, relay, permission, now, left);
  }
  return allocation;
}

function permit(
  context: TurnContext,
  allocation: Allocation,
  plainPeer: PlainEndpoint,
  left: number,
  now: number,
): void {
  const peer = endpoint(plainPeer);
  const decision = authorizePeer(context, allocation, peer);
  if (decision.allowed) context.store.permit(allocation, peer, decision, now, left);
  else context.events.peerDenied(allocation, peer, 'existing permission', decision);
}
