import { Endpoint } from '../net/endpoint';
import {
  CHANNEL_DATA_HEADER_LENGTH,
  channelDataLength,
  channelNumber,
  writeChannelDataHeader,
} from '../stun/channel-data';
import { Attribute, MessageClass, Method } from '../stun/constants';
import { MessageWriter } from '../stun/message-writer';
import { paddedLength, writePadding } from '../stun/padding';
import type { Allocation } from './allocation';
import type { AllocationStore } from './allocation-store';
import type { Channel } from './channel';
import type { TurnContext } from './context';
import type { Counters } from './counters';
import type { Flow } from './flow';
import type { RelayedTransport } from './relayed-transport';
import type { Request } from './request';

/** The packet path: four functions that look up, check and hand on. They allocate nothing. */

/** STUN header, XOR-PEER-ADDRESS and the header of DATA. */
const DATA_HEADER_IPV4 = 20 + 12 + 4;
const DATA_HEADER_IPV6 = 20 + 24 + 4;
/** Header and the most that its length field can say (RFC 8489 5): IPv6 brings datagrams which do not fit with the rest. */
const MAX_INDICATION = 20 + 0xfffc;

const peer = new Endpoint();
const indication = new MessageWriter();
const transactionId = new Uint8Array(12);
const indicationCount = new Uint32Array(transactionId.buffer, 0, 1);

/** ChannelData from a client (RFC 8656 12.6). */
export function relayChannelData(
  { store, sink, mobility, siblings }: TurnContext,
  counters: Counters,
  flow: Flow,
  bytes: Uint8Array,
  offset: number,
  length: number,
  now: number,
): void {
  const dataLength = channelDataLength(bytes, offset, length);
  if (dataLength < 0) return counters.drop('malformed');
  const allocation = store.find(flow) ?? mobility.arrive(flow);
  if (allocation === undefined && siblings?.arrives(flow, undefined, bytes, offset, length, now) === true) return;
  if (allocation?.state !== 'active') return counters.drop('no-allocation');
  allocation.traffic.received(length);
  const channel = channelByNumber(allocation, channelNumber(bytes, offset));
  if (channel === undefined) return counters.drop('unbound-channel');
  if (channel.openUntil <= now) return counters.drop('no-permission');

  const { toPeers } = allocation;
  if (toPeers !== undefined && !toPeers.admits(dataLength, now)) return counters.drop('rate-limited');

  channel.traffic.sent(dataLength);
  sink.sendToPeer(channel.relay, channel.peer, bytes, offset + CHANNEL_DATA_HEADER_LENGTH, dataLength, false);
}

/** A Send indication (RFC 8656 11.2): exactly a peer and data, or it is discarded. */
export function relaySendIndication(context: TurnContext, counters: Counters, request: Request): void {
  const { store, sink, mobility, siblings, settings } = context;
  const { message, flow, now } = request;
  const allocation = store.find(flow) ?? mobility.arrive(flow);
  const { bytes, offset, length: total } = message;
  if (allocation === undefined && siblings?.arrives(flow, undefined, bytes, offset, total, now) === true) return;
  if (allocation?.state !== 'active') return counters.drop('no-allocation');
  if (allocation.connections !== undefined) return counters.drop('tcp-allocation');
  const address = message.find(Attribute.XorPeerAddress);
  const data = message.find(Attribute.Data);
  if (address < 0 || data < 0 || !message.xorAddress(address, peer)) return counters.drop('malformed');
  const permission = store.findPermission(allocation, peer);
  if (permission === undefined || permission.expiresAt <= now) return counters.drop('no-permission');
  if (!permission.ports.has(peer.port)) return counters.drop('port-not-routed');
  const relay = allocation.relayFor(peer);
  if (relay === undefined) return counters.drop('no-permission');

  const dontFragment = message.has(Attribute.DontFragment);
  if (dontFragment && settings.dontFragment !== true) return counters.drop('malformed');
  const length = message.valueLength(data);
  const { toPeers } = allocation;
  if (toPeers !== undefined && !toPeers.admits(length, now)) return counters.drop('rate-limited');

  permission.traffic.sent(length);
  sink.sendToPeer(relay, peer, message.bytes, message.valueOffset(data), length, dontFragment);
}

/** A datagram from a peer (RFC 8656 11.3, 12.6): ChannelData where a channel is bound, else a Data indication. */
export function relayPeerData(
  { store, sink }: TurnContext,
  counters: Counters,
  relay: RelayedTransport,
  source: Endpoint,
  bytes: Uint8Array,
  offset: number,
  length: number,
  now: number,
): void {
  const { allocation } = relay;
  const { flow, traffic, toClient } = allocation;

  const channel = channelByPeer(store, relay, source);
  if (channel !== undefined && channel.openUntil > now) {
    if (toClient !== undefined && !toClient.admits(length, now)) return counters.drop('rate-limited');
    channel.traffic.received(length);
    const start = offset - CHANNEL_DATA_HEADER_LENGTH;
    writeChannelDataHeader(bytes, start, channel.number, length);
    // Padding is for streams, which need it to find the next message (RFC 8656 12.5).
    if (flow.isStream) writePadding(bytes, offset, length);
    const total = CHANNEL_DATA_HEADER_LENGTH + (flow.isStream ? paddedLength(length) : length);
    traffic.sent(total);
    return sink.sendToClient(flow, bytes, start, total);
  }

  if (allocation.state !== 'active') return counters.drop('no-allocation');
  const permission = store.findPermission(allocation, source);
  if (permission === undefined || permission.expiresAt <= now) return counters.drop('no-permission');
  if (!permission.ports.has(source.port)) return counters.drop('port-not-routed');
  const headerLength = source.isIpv4 ? DATA_HEADER_IPV4 : DATA_HEADER_IPV6;
  if (headerLength + length > MAX_INDICATION) return counters.drop('too-long');
  if (toClient !== undefined && !toClient.admits(length, now)) return counters.drop('rate-limited');
  permission.traffic.received(length);
  const start = offset - headerLength;
  // Nobody answers an indication, so its id need only differ from the last one's.
  indicationCount[0]!++;
  indication
    .begin(bytes, start, MessageClass.Indication, Method.Data, transactionId, 0)
    .xorAddress(Attribute.XorPeerAddress, source)
    .inPlace(Attribute.Data, length);
  const total = indication.end();
  traffic.sent(total);
  sink.sendToClient(flow, bytes, start, total);
}

/** Data mostly pass by the channel that they passed by last: it is at hand, while tables are far from the cache. */
function channelByNumber(allocation: Allocation, number: number): Channel | undefined {
  const recent = allocation.recentChannel;
  if (recent?.number === number && recent.bound) return recent;
  const channel = allocation.channels.get(number);
  if (channel !== undefined) allocation.recentChannel = channel;
  return channel;
}

function channelByPeer(store: AllocationStore, relay: RelayedTransport, peer: Endpoint): Channel | undefined {
  const recent = relay.recentChannel;
  if (recent?.bound === true && recent.peer.equals(peer)) return recent;
  const channel = store.findChannel(relay.allocation, peer);
  if (channel !== undefined) relay.recentChannel = channel;
  return channel;
}
