import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { NEVER_ALLOWED_RANGES } from '../../../relay/src/peer/address-class';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { Endpoint } from '../../../relay/src/net/endpoint';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { ENCODINGS } from '../peer/encodings';
import { Client, Harness, settings } from '../turn/harness';
import { StreamClient, TcpHarness } from '../turn/tcp-harness';

const PORT = 20_001;
const TRANSACTION = 77;
const DATA = Buffer.from('x');

/** One way to address a peer: its name, and the address as the 4 or 16 bytes that go into XOR-PEER-ADDRESS. */
interface Spelling {
  readonly range: string;
  readonly encoding: string;
  readonly bytes: Uint8Array;
}

/** Closed whatever routes say: this host, its link, groups, and where clouds hand out credentials. */
const NEVER: readonly string[] = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '169.254.169.254', '224.0.0.0/4', '240.0.0.0/4'],
  ...['255.255.255.255', '168.63.129.16', '100.100.100.200', '192.0.0.192'],
  ...['::', '::1', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe'],
  'fd00:42::42',
];

/** Special-purpose ranges (RFC 6890 and its registries) that only a route opens, and none does by default. */
const BY_DEFAULT: readonly string[] = [
  ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24'],
  ...['192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16'],
  ...['3fff::/20', '5f00::/16', 'fc00::/7', 'fec0::/10', '8.8.8.8', '2606:4700::1111'],
];

/** The first, second, middle and last address of a range, in all forms that an XOR-PEER-ADDRESS can have. */
function spellings(range: string): Spelling[] {
  const [network = '', bits] = range.split('/');
  const isIpv4 = network.includes('.');
  const width = isIpv4 ? 32 : 128;
  const first = toNumber(Endpoint.of(network), isIpv4);
  const size = 1n << BigInt(width - Number(bits ?? width));
  const addresses = [...new Set([0n, 1n, size / 2n, size - 1n])].filter(n => n < size).map(n => first + n);
  return addresses.flatMap(address => {
    const own = { range, encoding: isIpv4 ? 'IPv4' : 'IPv6', bytes: toBytes(address, width / 8) };
    if (!isIpv4) return [own];
    const encoded = Object.entries(ENCODINGS).map(([encoding, encode]) => ({
      range,
      encoding,
      bytes: encoding.startsWith('IPv4-mapped')
        ? mapped(address)
        : toBytes(toNumber(Endpoint.of(encode(address)), false), 16),
    }));
    return [own, ...encoded];
  });
}

function toNumber({ a, b, c, d }: Endpoint, isIpv4: boolean): bigint {
  const words = isIpv4 ? [d] : [a, b, c, d];
  return words.reduce((number, word) => (number << 32n) | BigInt(word >>> 0), 0n);
}

function toBytes(address: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(address.toString(16).padStart(length * 2, '0'), 'hex'));
}

/** As a client writes it, which calls it IPv6: 16 bytes. */
function mapped(address: bigint): Uint8Array {
  return toBytes((0xffffn << 32n) | address, 16);
}

/** XOR-PEER-ADDRESS byte by byte, so that nothing on our side makes the address canonical first. */
function xorPeer({ bytes }: Spelling): Uint8Array {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(0x2112a442, 0);
  mask.writeUInt32BE(TRANSACTION, 12);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(PORT ^ 0x2112, 2);
  bytes.forEach((byte, i) => (value[4 + i] = byte ^ mask[i]!));
  return value;
}

const EVERYTHING: ClusterConfig = {
  name: 'acme/everything',
  namespace: 'acme',
  protocol: 'udp',
  peers: ['0.0.0.0/0', '::/0'].map(prefix => ({ prefix, minPort: 1, maxPort: 65_535 })),
};

const TCP_ELSEWHERE: ClusterConfig = {
  ...EVERYTHING,
  protocol: 'tcp',
  peers: [{ prefix: '44.0.0.1/32', minPort: 1, maxPort: 65_535 }],
};

/** Asks for the peer in every way there is. What got through, and by which way. */
function leaks(harness: Harness, client: Client, spelling: Spelling): string[] {
  const through: string[] = [];
  const peer = xorPeer(spelling);
  const withPeer = (writer: MessageWriter): unknown => writer.bytes(Attribute.XorPeerAddress, peer);
  const permission = client.request(Method.CreatePermission, withPeer, TRANSACTION);
  if (permission.code !== 403) through.push(`CreatePermission ${permission.code}`);
  const bind = client.request(
    Method.ChannelBind,
    writer => withPeer(writer.uint32(Attribute.ChannelNumber, 0x4000 * 0x10000)),
    TRANSACTION,
  );
  if (bind.code !== 403) through.push(`ChannelBind ${bind.code}`);

  const send = (writer: MessageWriter): unknown =>
    writer.bytes(Attribute.XorPeerAddress, peer).bytes(Attribute.Data, DATA);
  client.raw(client.message(MessageClass.Indication, Method.Send, send, undefined, TRANSACTION));
  client.channelData(0x4000, 'x');
  if (harness.toPeer.length > 0) through.push('data to the peer');

  const before = harness.toClient.length;
  harness.fromPeer(endpointOf(spelling).address, PORT, DATA);
  if (harness.toClient.length > before) through.push('data from the peer');
  return through;
}

function endpointOf({ bytes }: Spelling): Endpoint {
  const word = (at: number): number => Buffer.from(bytes).readInt32BE(at);
  return bytes.length === 4
    ? new Endpoint().setIpv4(word(0), PORT)
    : new Endpoint().setWords(word(0), word(4), word(8), word(12), PORT);
}

function clientOf(clusters: readonly ClusterConfig[]): { harness: Harness; client: Client } {
  const harness = new Harness();
  harness.server.apply(settings({ clusters }));
  const client = new Client(harness);
  client.allocate(writer => writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24));
  return { harness, client };
}

test('the ranges here are those that the relay closes', () => {
  const closed = NEVER_ALLOWED_RANGES.map(({ prefix }) => prefix.toString()).sort();
  expect([...NEVER].sort()).toEqual(closed);
});

describe.each([
  ['no route may open', NEVER, [EVERYTHING]],
  ['no route opens', [...NEVER, ...BY_DEFAULT], []],
] as const)('%s', (_, ranges, clusters) => {
  const { harness, client } = clientOf(clusters);

  test.each(ranges)('%s, in any encoding, by any way', range => {
    const through = spellings(range).flatMap(spelling =>
      leaks(harness, client, spelling).map(
        way => `${Buffer.from(spelling.bytes).toString('hex')} as ${spelling.encoding}: ${way}`,
      ),
    );
    expect(through).toEqual([]);
  });
});

/** The same for TCP peers: what Connect opens, and what a peer that connects gets to. */
function tcpLeaks(harness: TcpHarness, client: StreamClient, spelling: Spelling): string[] {
  const through: string[] = [];
  const peer = xorPeer(spelling);
  const withPeer = (writer: MessageWriter): unknown => writer.bytes(Attribute.XorPeerAddress, peer);
  const { code } = client.request(Method.Connect, withPeer, TRANSACTION);
  if (code !== 403) through.push(`Connect ${code}`);
  if (harness.connecting.length > 0) through.push('a connection to the peer');
  client.request(Method.CreatePermission, withPeer, TRANSACTION);
  if (harness.peerConnects(endpointOf(spelling).address, PORT) !== undefined)
    through.push('a connection from the peer');
  return through;
}

describe.each([
  ['no route may open to TCP', NEVER, [{ ...EVERYTHING, protocol: 'tcp' as const }]],
  // A route there must be, or there is no TCP at all.
  ['no route opens to TCP', [...NEVER, ...BY_DEFAULT], [TCP_ELSEWHERE]],
] as const)('%s', (_, ranges, clusters) => {
  const harness = new TcpHarness({ clusters });
  const [client, client6] = [new StreamClient(harness, 1), new StreamClient(harness, 2)];
  client.allocateTcp();
  client6.allocateTcp(writer => writer.uint32(Attribute.RequestedAddressFamily, 2 << 24));

  test.each(ranges)('%s, in any encoding, by any way', range => {
    const through = spellings(range).flatMap(spelling =>
      tcpLeaks(harness, endpointOf(spelling).isIpv4 ? client : client6, spelling).map(
        way => `${Buffer.from(spelling.bytes).toString('hex')} as ${spelling.encoding}: ${way}`,
      ),
    );
    expect(through).toEqual([]);
  });
});

test('the matrix would see a leak: what is routed and not closed does get through', () => {
  const { harness, client } = clientOf([EVERYTHING]);
  const [spelling] = spellings('10.0.0.0/8');
  expect(leaks(harness, client, spelling!)).toEqual([
    'CreatePermission undefined',
    'ChannelBind undefined',
    'data to the peer',
    'data from the peer',
  ]);
});

test('and so it would for TCP', () => {
  const harness = new TcpHarness({ clusters: [{ ...EVERYTHING, protocol: 'tcp' }] });
  const client = new StreamClient(harness);
  client.allocateTcp();
  expect(client.connect('10.0.0.1', PORT)).toBeUndefined();
  expect(harness.connecting).toHaveLength(1);
});
