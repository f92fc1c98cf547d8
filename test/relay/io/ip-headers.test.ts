import { Arena } from '../../../relay/src/io/ffi/arena';
import { AF_INET, IPPROTO_IP, IPPROTO_IPV6, MSG_DONTWAIT } from '../../../relay/src/io/ffi/linux';
import { readSockaddr, SOCKADDR_SPACE, writeSockaddr } from '../../../relay/src/io/ffi/sockaddr';
import { UdpDescriptors, DESCRIPTOR_SPACE } from '../../../relay/src/io/ffi/udp-descriptors';
import { MmsgIo } from '../../../relay/src/io/mmsg-io';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { eventually, freePort, RecordingCore, relayFor } from './support';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc } = support;
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

const SOCK_RAW = 3;
const IPPROTO_UDP = 17;
const IP_TOS = 1;
const IP_TTL = 2;
const IPV6_UNICAST_HOPS = 16;
const IPV6_TCLASS = 67;
/** Expedited forwarding, ECT(1). */
const MARKED = 0xb9;
const FEW_HOPS = 3;

const arena = new Arena(libc, DESCRIPTOR_SPACE + 70_000);
const descriptors = new UdpDescriptors(libc, arena);
const name = arena.take(SOCKADDR_SPACE);
const integer = arena.take(8);
const packet = arena.take(66_000);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Header {
  readonly tos: number;
  readonly ttl: number;
  readonly dontFragment: boolean;
}

function set(fd: number, level: number, option: number, value: number): void {
  arena.view.setInt32(integer, value, true);
  expect(libc.setsockopt(fd, level, option, arena.base + integer, 4)).toBe(0);
}

/** A sender whose packets are marked, as those of a client or a peer on a managed network are. */
function markedSocket(family: 4 | 6, address: string = LOOPBACK[family]): { fd: number; local: Endpoint } {
  const local = Endpoint.of(address);
  const fd = descriptors.open(family, local, { bufferSize: 65_536 });
  closers.push(() => libc.close(fd));
  descriptors.localAddress(fd, family, local);
  if (family === 4) {
    set(fd, IPPROTO_IP, IP_TOS, MARKED);
    set(fd, IPPROTO_IP, IP_TTL, FEW_HOPS);
  } else {
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, MARKED);
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, FEW_HOPS);
  }
  return { fd, local };
}

function send(fd: number, to: Endpoint, family: 4 | 6, text: string): void {
  const bytes = Buffer.from(text);
  arena.bytes.set(bytes, packet);
  writeSockaddr(arena.view, name, family, to);
  const length = family === 4 ? 16 : 28;
  expect(libc.sendto(fd, arena.base + packet, bytes.length, 0, arena.base + name, length)).toBe(bytes.length);
}

/** An address that nobody else on this host gets packets at: a raw socket sees those of all sockets. */
const OBSERVED = '127.91.17.5';

/** Reads IPv4 headers of UDP packets to the observed address, as they arrive. */
function sniffer(): () => Header | undefined {
  const fd = libc.socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (fd < 0)
    throw new Error('no raw socket: this test needs the capability NET_RAW, which root has in most containers');
  closers.push(() => libc.close(fd));
  writeSockaddr(arena.view, name, 4, Endpoint.of(OBSERVED));
  expect(libc.bind(fd, arena.base + name, 16)).toBe(0);
  return () => {
    arena.view.setUint32(integer, SOCKADDR_SPACE, true);
    const length = libc.recvfrom(
      fd,
      arena.base + packet,
      66_000,
      MSG_DONTWAIT,
      arena.base + name,
      arena.base + integer,
    );
    if (length < 28) return undefined;
    return {
      tos: arena.view.getUint8(packet + 1),
      ttl: arena.view.getUint8(packet + 8),
      dontFragment: (arena.view.getUint16(packet + 6) & 0x4000) !== 0,
    };
  };
}

function setUp() {
  const core = new RecordingCore();
  const io = new MmsgIo(
    {
      core,
      clock: () => 42,
      numbers: new SocketNumbers(),
      relayPorts: { min: 49_152, max: 65_535 },
      relayAddress: (_, family) => ({ advertised: LOOPBACK[family], bind: LOOPBACK[family] }),
    },
    libc,
  );
  const timer = setInterval(() => io.poll(0), 1);
  closers.push(
    () => clearInterval(timer),
    () => io.close(),
  );
  return { io, core };
}

const BEST_EFFORT_NOT_ECT = 0;
const DEFAULT_TTL = 64;

describe('IP header fields of what is relayed (RFC 8656 14, alternate behaviour)', () => {
  test.each([
    ['best effort, Not-ECT, the default TTL, DF clear', false],
    ['the same with DF, where the client asks for it by DONT-FRAGMENT', true],
  ])('to a peer: %s', async (_, dontFragment) => {
    const { io, core } = setUp();
    const port = await freePort();
    io.listen('stunner/edge/udp', port, () => undefined);
    const relay = relayFor(4);
    io.openRelay(relay);
    const client = markedSocket(4);
    const peer = markedSocket(4, OBSERVED);
    const received = sniffer();
    core.onClient = (_flow, bytes, offset, length) =>
      io.sendToPeer(relay, peer.local, bytes, offset, length, dontFragment);

    send(client.fd, Endpoint.of('127.0.0.1', port), 4, 'up');

    let header: Header | undefined;
    await eventually('the datagram', () => (header ??= received()) !== undefined);
    expect(header).toEqual({ tos: BEST_EFFORT_NOT_ECT, ttl: DEFAULT_TTL, dontFragment });
  });

  test('to a client: best effort, Not-ECT, the default TTL, DF clear', async () => {
    const { io, core } = setUp();
    const port = await freePort();
    io.listen('stunner/edge/udp', port, () => undefined);
    const relay = relayFor(4);
    io.openRelay(relay);
    const client = markedSocket(4, OBSERVED);
    const peer = markedSocket(4);
    const received = sniffer();
    send(client.fd, Endpoint.of('127.0.0.1', port), 4, 'up');
    await eventually('the client', () => core.client.length === 1);
    const { flow } = core.client[0]!;
    core.onPeer = (_relay, _source, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);

    send(peer.fd, Endpoint.of('127.0.0.1', relay.address.port), 4, 'down');

    let header: Header | undefined;
    await eventually('the datagram', () => (header ??= received()) !== undefined);
    expect(header).toEqual({ tos: BEST_EFFORT_NOT_ECT, ttl: DEFAULT_TTL, dontFragment: false });
  });

  test('by IPv6: best effort, Not-ECT, the default hop limit', async () => {
    const { io, core } = setUp();
    const relay = relayFor(6);
    io.openRelay(relay);
    const peer = markedSocket(6);
    core.onPeer = (_relay, source, bytes, offset, length) => io.sendToPeer(relay, source, bytes, offset, length, false);
    const hears = headersOf(peer.fd);
    send(peer.fd, Endpoint.of('::1', relay.address.port), 6, 'echo');
    let header: { tos: number; ttl: number } | undefined;
    await eventually('the echo', () => (header ??= hears()) !== undefined);
    expect(header).toEqual({ tos: BEST_EFFORT_NOT_ECT, ttl: DEFAULT_TTL });
  });
});

const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const IPV6_RECVTCLASS = 66;

/** Reads what IPv6 packets to a socket of ours had: a raw socket would not show the header. */
function headersOf(fd: number): () => { tos: number; ttl: number } | undefined {
  set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  const [header, iov, control] = [packet, packet + 64, packet + 128];
  return () => {
    arena.bytes.fill(0, packet, packet + 1024);
    arena.setPointer(header, name);
    arena.view.setUint32(header + 8, SOCKADDR_SPACE, true);
    arena.setPointer(header + 16, iov);
    arena.setLong(header + 24, 1);
    arena.setPointer(header + 32, control);
    arena.setLong(header + 40, 128);
    arena.setPointer(iov, packet + 512);
    arena.setLong(iov + 8, 256);
    if (libc.recvmmsg(fd, arena.base + header, 1, MSG_DONTWAIT, 0) !== 1) return undefined;
    const source = new Endpoint();
    readSockaddr(arena.view, name, 6, source);
    const found = { tos: -1, ttl: -1 };
    for (let at = control; arena.view.getUint32(at, true) !== 0; at += 24) {
      const [type, value] = [arena.view.getInt32(at + 12, true), arena.view.getInt32(at + 16, true)];
      if (type === IPV6_HOPLIMIT) found.ttl = value;
      if (type === IPV6_TCLASS) found.tos = value;
    }
    return found;
  };
}
