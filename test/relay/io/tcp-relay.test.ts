import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { RelayIo } from '../../../relay/src/io/relay-io';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { PeerPolicy } from '../../../relay/src/peer/peer-policy';
import { Prefix } from '../../../relay/src/peer/prefix';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { DEFAULT_LIMITS, type Limits } from '../../../relay/src/turn/limits';
import { TurnServer } from '../../../relay/src/turn/server';
import type { ListenerSettings, ServerSettings } from '../../../relay/src/turn/settings';
import { type Answer, Harness, settings } from '../turn/harness';
import { eventually, freePort, listenerConfig } from './support';
import { TurnStream } from './turn-stream';

const LOOPBACK: ClusterConfig = {
  name: 'acme/files',
  namespace: 'acme',
  protocol: 'tcp',
  peers: [{ prefix: '127.0.0.1', minPort: 1, maxPort: 65_535 }],
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const LISTENER = 'stunner/edge/tcp';

/** Clients of the TCP listener reach these peers. */
function settingsFor(port: number, clusters: readonly ClusterConfig[]): ServerSettings {
  const listener = { name: LISTENER, routes: clusters.map(({ name }) => name) };
  const policy = PeerPolicy.compile(listener, clusters, { allowPeers: [Prefix.parse('127.0.0.0/8')] });
  const tcp: ListenerSettings = { transport: 'tcp', port, policy, relayFamilies: [4] };
  return { ...settings(), listeners: new Map([[LISTENER, tcp]]) };
}

/** A relay with one TCP listener on loopback, whose clients reach every TCP port of 127.0.0.1. */
async function startRelay(limits: Partial<Limits> = {}) {
  const port = await freePort();
  const io = new RelayIo(
    sink =>
      new TurnServer({
        sink,
        events: new Harness(),
        settings: { ...settingsFor(port, [LOOPBACK]), limits: { ...DEFAULT_LIMITS, ...limits } },
        unixSeconds: () => 1_000_000,
        random: randomBytes,
        hashSeed: 1,
        now: 0,
      }),
    { events: { listening: () => undefined, listenerProblem: () => undefined }, relayAddresses: ['127.0.0.1'] },
  );
  closers.push(() => io.close());
  io.apply([listenerConfig({ transport: 'tcp', port })]);
  await eventually('the listener', () => io.isListening(LISTENER));
  return { io, port };
}

/** A TCP peer that collects what it gets. */
class Peer {
  readonly sockets: Socket[] = [];
  received = '';
  ended = false;
  closed = 0;

  private constructor(readonly server: Server) {
    server.on('connection', socket => {
      this.sockets.push(socket);
      socket.on('data', chunk => (this.received += chunk.toString('latin1')));
      socket.on('end', () => (this.ended = true));
      socket.on('error', () => undefined);
      socket.on('close', () => this.closed++);
    });
  }

  static async listen(): Promise<Peer> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = new Peer(server);
    closers.push(() => {
      server.close();
      for (const socket of peer.sockets) socket.destroy();
    });
    return peer;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }
}

async function openStream(port: number): Promise<TurnStream> {
  const stream = await TurnStream.open(port);
  closers.push(() => stream.socket.destroy());
  return stream;
}

async function allocate(port: number): Promise<{ control: TurnStream; relayed: Endpoint }> {
  const control = await openStream(port);
  const answer = await control.request(Method.Allocate, writer => writer.uint32(Attribute.RequestedTransport, 6 << 24));
  expect(answer.messageClass).toBe(MessageClass.Success);
  const relayed = new Endpoint();
  answer.reader.xorAddress(answer.reader.find(Attribute.XorRelayedAddress), relayed);
  return { control, relayed };
}

function connectTo(control: TurnStream, port: number): Promise<Answer> {
  return control.request(Method.Connect, writer =>
    writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of('127.0.0.1', port)),
  );
}

async function bind(port: number, connect: Answer, behind = ''): Promise<TurnStream> {
  const data = await openStream(port);
  const id = connect.reader.uint32(Attribute.ConnectionId)!;
  const answer = await data.request(Method.ConnectionBind, w => w.uint32(Attribute.ConnectionId, id), behind);
  expect(answer.messageClass).toBe(MessageClass.Success);
  return data;
}

/** A client joined with a peer. */
async function joined(limits?: Partial<Limits>) {
  const relay = await startRelay(limits);
  const peer = await Peer.listen();
  const { control, relayed } = await allocate(relay.port);
  const data = await bind(relay.port, await connectTo(control, peer.port));
  return { ...relay, peer, control, relayed, data };
}

test('bytes pass both ways as they are, from the relayed address (RFC 6062 5.2)', async () => {
  const { peer, data, relayed } = await joined();
  data.socket.write('GET / HTTP/1.1\r\n');
  await eventually('the request', () => peer.received === 'GET / HTTP/1.1\r\n');
  peer.sockets[0]!.write('\0\x01\x40\x00 anything');
  await eventually('the answer', () => data.received.toString('latin1') === '\0\x01\x40\x00 anything');
  const [{ remoteAddress, remotePort }] = peer.sockets as [Socket];
  expect(`${remoteAddress}:${remotePort}`).toBe(relayed.toString());
});

test('what follows the ConnectionBind in the same segment belongs to the stream (RFC 6062 5.4)', async () => {
  const { port } = await startRelay();
  const peer = await Peer.listen();
  const { control } = await allocate(port);
  await bind(port, await connectTo(control, peer.port), 'early bird');
  await eventually('the early bytes', () => peer.received === 'early bird');
});

test('what a peer sends before the client has bound waits for it (RFC 6062 5.2)', async () => {
  const { port } = await startRelay();
  const peer = await Peer.listen();
  peer.server.on('connection', (socket: Socket) => socket.end('220 ready'));
  const { control } = await allocate(port);
  const data = await bind(port, await connectTo(control, peer.port));
  await eventually('the greeting', () => data.received.toString() === '220 ready');
  await eventually('the end', () => data.ended);
});

test('a peer that cannot be reached is answered with 447', async () => {
  const { port } = await startRelay();
  const { control } = await allocate(port);
  expect((await connectTo(control, await freePort())).code).toBe(447);
});

test('a peer with a permission may connect to the relayed address (RFC 6062 5.3)', async () => {
  const { port } = await startRelay();
  const { control, relayed } = await allocate(port);
  const permit = await control.request(Method.CreatePermission, writer =>
    writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of('127.0.0.1', 9)),
  );
  expect(permit.messageClass).toBe(MessageClass.Success);
  const peer = connect({ host: '127.0.0.1', port: relayed.port });
  closers.push(() => peer.destroy());
  peer.write('hello');
  const attempt = await control.nextMessage();
  expect(attempt.method).toBe(Method.ConnectionAttempt);
  expect(attempt.address(Attribute.XorPeerAddress)).toBe(`127.0.0.1:${peer.localPort}`);
  const data = await bind(port, attempt);
  await eventually('the bytes of before', () => data.received.toString() === 'hello');
});

test('a peer without a permission is closed at once', async () => {
  const { port, io } = await startRelay();
  const { relayed } = await allocate(port);
  const peer = connect({ host: '127.0.0.1', port: relayed.port });
  peer.on('error', () => undefined);
  await once(peer, 'close');
  expect(io.core.counters.drops['no-permission']).toBe(1);
});

test('an end of one direction is passed on, and the other goes on until its own', async () => {
  const { peer, data, io } = await joined();
  data.socket.end('question');
  await eventually("the client's end", () => peer.ended);
  expect(peer.received).toBe('question');
  peer.sockets[0]!.end('answer');
  await eventually("the peer's end", () => data.ended);
  expect(data.received.toString()).toBe('answer');
  await eventually('nothing left', () => io.core.tcp.size === 0);
});

test.each<[string, (at: Awaited<ReturnType<typeof joined>>) => unknown]>([
  ['the peer', ({ peer }) => peer.sockets[0]!.resetAndDestroy()],
  ['the client', ({ data }) => data.socket.resetAndDestroy()],
  ['the control connection', ({ control }) => control.socket.destroy()],
  ['the allocation', ({ control }) => control.request(Method.Refresh, w => w.uint32(Attribute.Lifetime, 0))],
  ['the relay', ({ io }) => io.close()],
  ['the route', ({ io, port }) => io.core.apply(settingsFor(port, []))],
])('both sides of a data connection end with %s (RFC 6062 5.5)', async (_, end) => {
  const at = await joined();
  await end(at);
  await eventually('the peer to be closed', () => at.peer.closed === 1 || at.peer.ended);
  await eventually('the client to be closed', () => at.data.ended || at.data.socket.destroyed);
  await eventually('nothing left', () => at.io.core.tcp.size === 0);
});

test('the relayed address is closed with its allocation', async () => {
  const { port } = await startRelay();
  const { control, relayed } = await allocate(port);
  await control.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
  const peer = connect({ host: '127.0.0.1', port: relayed.port });
  const [error] = (await once(peer, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

test('a reader that stands still holds the writer back, and gets every byte in the end', async () => {
  const { peer, data } = await joined();
  const bytes = randomBytes(24 * 1024 * 1024);
  data.socket.pause();
  const writer = peer.sockets[0]!;
  writer.end(bytes);
  await new Promise(resolve => setTimeout(resolve, 300));
  // The rest waits in the writer: neither relay nor kernel has taken it.
  expect(writer.writableLength).toBeGreaterThan(bytes.length / 4);
  const hash = createHash('sha256');
  data.socket.removeAllListeners('data');
  data.socket.on('data', chunk => void hash.update(chunk));
  data.socket.resume();
  await eventually('the end', () => data.ended);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('an allocation with a rate gets every byte, and none before its time', async () => {
  const { peer, data } = await joined({ bytesPerSecond: 200_000 });
  const bytes = randomBytes(300_000);
  const start = performance.now();
  peer.sockets[0]!.end(bytes);
  await eventually('the end', () => data.ended);
  expect(data.received.equals(bytes)).toBe(true);
  // A second's worth at once, and the rest in half a second.
  expect(performance.now() - start).toBeGreaterThan(450);
});
