import type { PeerTransport } from '../peer/peer-policy';
import { AddressFamily, Attribute, ErrorCode } from '../stun/constants';
import type { RefusedFamily } from './allocation';
import type { TurnContext } from './context';
import { grantedLifetime } from './lifetime';
import type { RelayPorts } from './relayed-transport';
import type { Request } from './request';
import { keyOf } from './reservations';
import { DEFAULT_LIFETIME_SECONDS, type ListenerSettings } from './settings';

const PROTOCOLS = new Map<number, PeerTransport>([
  [17, 'udp'],
  [6, 'tcp'],
]);
const FAMILIES = new Map<number, 4 | 6>([
  [AddressFamily.Ipv4, 4],
  [AddressFamily.Ipv6, 6],
]);
/** EVEN-PORT: reserve the next higher port too (RFC 8656 18.7). */
const RESERVE_NEXT = 0x80;

/** What an Allocate request asks for, and may have as far as the request itself goes. */
export interface AllocatePlan {
  readonly peerTransport: PeerTransport;
  /** Relayed transport addresses to open; none if one is claimed. */
  readonly families: readonly (4 | 6)[];
  /** An additional family that cannot be had (RFC 8656 18.12). */
  readonly refused?: RefusedFamily;
  readonly ports: RelayPorts;
  /** The reserved transport address to claim. */
  readonly reserved?: string;
  /** The token of one that a sibling may have reserved. */
  readonly reservedElsewhere?: string;
  /** Milliseconds. */
  readonly lifetime: number;
  /** May the client move with it (RFC 8016)? */
  readonly mobile: boolean;
}

/** Reads the request in the order of RFC 8656 7.2. @returns why it is refused, if it is. */
export function planAllocation(
  context: TurnContext,
  request: Request,
  { policy, relayFamilies }: ListenerSettings,
): AllocatePlan | ErrorCode {
  const { message, flow } = request;
  const { settings, sink, reservations, siblings } = context;

  const transport = message.find(Attribute.RequestedTransport);
  if (transport < 0 || message.valueLength(transport) !== 4) return ErrorCode.BadRequest;
  const peerTransport = PROTOCOLS.get(message.uint8(Attribute.RequestedTransport)!);
  if (peerTransport === undefined) return ErrorCode.UnsupportedTransportProtocol;
  if (peerTransport === 'tcp') {
    // Off, unless a route is for TCP peers.
    if (!policy.routes('tcp')) return ErrorCode.UnsupportedTransportProtocol;
    // RFC 6062 5.1.
    if (!flow.isStream || UDP_ONLY.some(attribute => message.has(attribute))) return ErrorCode.BadRequest;
    if (sink.tcp === undefined) return ErrorCode.UnsupportedTransportProtocol;
  }
  if (message.has(Attribute.DontFragment) && settings.dontFragment !== true) return ErrorCode.UnknownAttribute;

  const evenPort = message.find(Attribute.EvenPort);
  const requested = message.find(Attribute.RequestedAddressFamily);
  const standard = message.find(Attribute.AdditionalAddressFamily);
  const additional = standard >= 0 ? standard : message.find(Attribute.AdditionalAddressFamilyDraft);
  const token = message.find(Attribute.ReservationToken);
  let reserved: string | undefined;
  let reservedElsewhere: string | undefined;
  if (token >= 0) {
    if (evenPort >= 0 || requested >= 0 || additional >= 0) return ErrorCode.BadRequest;
    if (message.valueLength(token) !== 8) return ErrorCode.BadRequest;
    reserved = reservations.find(message.value(token), request);
    if (reserved === undefined && siblings === undefined) return ErrorCode.InsufficientCapacity;
    if (reserved === undefined) reservedElsewhere = keyOf(message.value(token));
  }

  if (requested >= 0 && additional >= 0) return ErrorCode.BadRequest;
  if (requested >= 0 && message.valueLength(requested) !== 4) return ErrorCode.BadRequest;
  // Absent means IPv4, and IPv6 where the relay has nothing else: agents that never ask for a family still get through an
  // IPv6-only cluster.
  const family = requested >= 0 ? familyIn(request, requested) : relayFamilies.includes(4) ? 4 : 6;
  if (family === undefined || !relayFamilies.includes(family)) return ErrorCode.AddressFamilyNotSupported;

  if (evenPort >= 0 && message.valueLength(evenPort) !== 1) return ErrorCode.BadRequest;
  const both = evenPort >= 0 && (message.uint8(Attribute.EvenPort)! & RESERVE_NEXT) !== 0;
  if (both && additional >= 0) return ErrorCode.BadRequest;
  // IPv4 is what is had anyway: only IPv6 can be additional (RFC 8656 18.11).
  if (additional >= 0 && (message.valueLength(additional) !== 4 || familyIn(request, additional) !== 6))
    return ErrorCode.BadRequest;

  const ticket = message.find(Attribute.MobilityTicket);
  if (ticket >= 0 && message.valueLength(ticket) > 0) return ErrorCode.BadRequest;
  if (ticket >= 0 && settings.mobility !== true) return ErrorCode.MobilityForbidden;
  const lifetime = grantedLifetime(message, settings.limits);
  if (lifetime === undefined) return ErrorCode.BadRequest;

  const wanted = additional >= 0 ? ([4, 6] as const) : [family];
  const missing = wanted.find(each => !relayFamilies.includes(each));
  return {
    peerTransport,
    families: token < 0 ? wanted.filter(each => relayFamilies.includes(each)) : [],
    refused: missing === undefined ? undefined : { family: missing, code: ErrorCode.AddressFamilyNotSupported },
    ports: both ? 'even-and-next' : evenPort >= 0 ? 'even' : 'any',
    reserved,
    reservedElsewhere,
    // 0 asks for the shortest here; only Refresh deletes (RFC 8656 8.2).
    lifetime: lifetime === 0 ? DEFAULT_LIFETIME_SECONDS * 1000 : lifetime,
    mobile: ticket >= 0,
  };
}

const UDP_ONLY = [Attribute.EvenPort, Attribute.ReservationToken, Attribute.DontFragment];

/** The family that REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY names (RFC 8656 18.6, 18.11). */
function familyIn({ message }: Request, index: number): 4 | 6 | undefined {
  return FAMILIES.get(message.bytes[message.valueOffset(index)]!);
}
