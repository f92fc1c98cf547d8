import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { PEERS, STEPS } from './target';

type Attributes = (writer: MessageWriter) => unknown;
type Step = (typeof STEPS)[number];

function step(kind: Step, who: number, bytes: Uint8Array): Uint8Array {
  const header = [STEPS.indexOf(kind), who, bytes.length >> 8, bytes.length & 255];
  return Uint8Array.from([...header, ...bytes]);
}

/** Method and attributes, as `signed` and `indication` take them. */
function body(method: number, attributes: Attributes = () => undefined): Uint8Array {
  const bytes = new Uint8Array(1500);
  const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, method, bytes, 0);
  attributes(writer);
  return Uint8Array.from([method, ...bytes.subarray(20, writer.end())]);
}

const peer = PEERS[0]!;
const peer6 = PEERS[2]!;
const allocate = (more: Attributes = () => undefined): Uint8Array =>
  body(Method.Allocate, writer => {
    writer.uint32(Attribute.RequestedTransport, 17 << 24);
    more(writer);
  });
const allocateTcp = body(Method.Allocate, writer => writer.uint32(Attribute.RequestedTransport, 6 << 24));
const permit = body(Method.CreatePermission, writer => writer.xorAddress(Attribute.XorPeerAddress, peer));
const bind = body(Method.ChannelBind, writer =>
  writer.uint32(Attribute.ChannelNumber, 0x4000 * 0x10000).xorAddress(Attribute.XorPeerAddress, peer),
);
const send = body(Method.Send, writer =>
  writer.xorAddress(Attribute.XorPeerAddress, peer).bytes(Attribute.Data, Buffer.from('data')),
);
const refresh = (lifetime: number): Uint8Array =>
  body(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, lifetime));
const channelData = Uint8Array.of(0x40, 0, 0, 4, 1, 2, 3, 4);

/** Sessions as clients have them, for mutation to start from. */
export const SEEDS: readonly Uint8Array[] = [
  [step('raw', 0, Buffer.from('000100002112a442000000000000000000000001', 'hex'))],
  [step('signed', 0, allocate()), step('signed', 0, permit), step('indication', 0, send), step('peer', 0, send)],
  [step('signed', 0, allocate()), step('signed', 0, bind), step('raw', 0, channelData), step('peer', 0, channelData)],
  [step('signed', 2, allocate()), step('signed', 2, bind), step('raw', 2, channelData), step('close', 2, bind)],
  [step('signed', 0, allocate()), step('signed', 0, refresh(0)), step('signed', 0, refresh(600))],
  [
    step(
      'signed',
      0,
      allocate(writer => writer.bytes(Attribute.EvenPort, Uint8Array.of(0x80))),
    ),
  ],
  [
    step(
      'signed',
      0,
      allocate(writer => writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24)),
    ),
  ],
  [
    step(
      'signed',
      0,
      allocate(writer => writer.empty(Attribute.DontFragment).empty(Attribute.MobilityTicket)),
    ),
  ],
  [
    step(
      'signed',
      1,
      allocate(writer => writer.uint32(Attribute.RequestedAddressFamily, 2 << 24)),
    ),
    step(
      'signed',
      1,
      body(Method.CreatePermission, writer => writer.xorAddress(Attribute.XorPeerAddress, peer6)),
    ),
    step('peer', 2, new Uint8Array(255)),
  ],
  [step('relays', 1, bind), step('signed', 0, allocate()), step('time', 0, Uint8Array.of(90)), step('relays', 0, bind)],
  [step('signed', 0, allocate()), step('signed', 0, bind), step('apply', 1, bind), step('raw', 0, channelData)],
  [step('signed', 0, allocate()), step('signed', 0, bind), step('apply', 2, bind), step('raw', 0, channelData)],
  [
    step(
      'signed',
      2,
      body(Method.Connect, writer => writer.xorAddress(Attribute.XorPeerAddress, peer)),
    ),
  ],
  [
    step(
      'signed',
      2,
      body(Method.ConnectionBind, writer => writer.uint32(Attribute.ConnectionId, 1)),
    ),
  ],
  [
    step('signed', 2, allocateTcp),
    step(
      'signed',
      2,
      body(Method.Connect, writer => writer.xorAddress(Attribute.XorPeerAddress, peer)),
    ),
    step('tcp', 1, bind),
    step(
      'signed',
      5,
      body(Method.ConnectionBind, writer => writer.uint32(Attribute.ConnectionId, 0)),
    ),
  ],
  [step('signed', 2, allocateTcp), step('signed', 2, permit), step('tcp', 0, bind), step('close', 2, bind)],
  [step('signed', 0, allocate()), step('signed', 0, permit), step('icmp', 0, Uint8Array.of(3, 4))],
  [
    step(
      'signed',
      0,
      allocate(writer => writer.bytes(Attribute.EvenPort, Uint8Array.of(0x80))),
    ),
    step(
      'signed',
      2,
      allocate(writer => writer.bytes(Attribute.ReservationToken, new Uint8Array(8))),
    ),
  ],
  [
    step(
      'signed',
      0,
      allocate(writer => writer.empty(Attribute.MobilityTicket)),
    ),
    step(
      'signed',
      2,
      body(Method.Refresh, writer => writer.bytes(Attribute.MobilityTicket, new Uint8Array(16))),
    ),
    step('signed', 2, permit),
  ],
].map(steps => Uint8Array.from(steps.flatMap(bytes => [...bytes])));
