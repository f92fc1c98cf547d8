import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ListenerConfig } from '../../../relay/src/config/relay-config';
import { RelayIo } from '../../../relay/src/io/relay-io';
import type { StreamLimits } from '../../../relay/src/io/stream-limits';
import type { Flow } from '../../../relay/src/turn/flow';
import {
  bindingRequest,
  certificateFor,
  channelData,
  dataIndication,
  eventually,
  freePort,
  listenerConfig,
  RecordingCore,
} from './support';

const closers: { close?(): void; destroy?(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) {
    closer.close?.();
    closer.destroy?.();
  }
});

const certificate = certificateFor('first.example.org');

async function serve(transport: 'tcp' | 'tls', streamLimits?: Partial<StreamLimits>) {
  const time = { now: 1000 };
  const problems: string[] = [];
  const events = { listening: () => undefined, listenerProblem: (_: string, text: string) => void problems.push(text) };
  const io = new RelayIo(() => new RecordingCore(), { events, streamLimits, clock: () => time.now });
  closers.push(io);
  const config: ListenerConfig = listenerConfig({ transport, port: await freePort(), certificate });
  io.apply([config]);
  await eventually('the listener', () => io.isListening(config.name));
  return { io, core: io.core, config, time, problems };
}

async function tcpClient(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host);
  closers.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function tlsClient(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  closers.push(socket);
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  return socket;
}

/** What a client has read so far. */
function reading(socket: Socket): () => Buffer {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

/** Bytes of what is no garbage. */
function buffersInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

function isClosed(socket: Socket): () => boolean {
  let closed = false;
  socket.resume().on('close', () => (closed = true));
  return () => closed;
}

describe.each(['tcp', 'tls'] as const)('a %s connection', transport => {
  const client = async (port: number): Promise<Socket> => (transport === 'tcp' ? tcpClient(port) : tlsClient(port));

  test('is one flow, from its first message to flowClosed', async () => {
    const { core, config, io } = await serve(transport);
    core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
    const socket = await client(config.port);
    const read = reading(socket);

    socket.write(bindingRequest(1));
    await eventually('the first echo', () => read().length === 20);
    socket.write(bindingRequest(2));
    await eventually('the second echo', () => read().length === 40);

    expect(read()).toEqual(Buffer.concat([bindingRequest(1), bindingRequest(2)]));
    const [first, second] = core.client.map(({ flow }) => flow);
    expect(first).toMatchObject({ transport, listener: config.name });
    expect(first!.client.toString()).toBe(`127.0.0.1:${socket.localPort}`);
    expect(second!.socket).toBe(first!.socket);

    socket.end();
    await eventually('flowClosed', () => core.closed.length === 1);
    expect(core.closed[0]!.socket).toBe(first!.socket);
    expect(io.streamConnections).toBe(0);
  });

  test('may bring several messages in one chunk, and one message in several', async () => {
    const { core, config } = await serve(transport);
    const socket = await client(config.port);
    const bytes = Buffer.concat([bindingRequest(1), channelData(5), bindingRequest(2), bindingRequest(3)]);
    const cut = bytes.length - 13;
    socket.write(bytes.subarray(0, cut));
    await eventually('three messages', () => core.client.length === 3);
    for (const byte of bytes.subarray(cut)) socket.write(Buffer.of(byte));
    await eventually('the fourth', () => core.client.length === 4);
    expect(core.client.map(input => input.bytes)).toEqual([
      bindingRequest(1),
      channelData(5).subarray(0, 9),
      bindingRequest(2),
      bindingRequest(3),
    ]);
  });

  test.each([
    ['HTTP, which looks like ChannelData', 'GET / HTTP/1.1\r\n\r\n'],
    ['bytes of no protocol', Buffer.alloc(20, 0xff)],
    ['a STUN header without magic cookie', Buffer.alloc(20)],
  ])('that brings %s is closed (RFC 8489 6.2.2)', async (_, bytes) => {
    const { core, config, io } = await serve(transport);
    const socket = await client(config.port);
    const closed = isClosed(socket);
    socket.write(bytes);
    await eventually('the close', closed);
    await eventually('flowClosed', () => core.closed.length === 1);
    expect(core.client).toEqual([]);
    expect(io.streamCounts.of('not STUN')).toBe(1);
  });

  test('that the core closes gets its last answer, and is heard no more', async () => {
    const { core, config, io } = await serve(transport);
    core.onClient = (flow, bytes, offset, length) => {
      io.sendToClient(flow, bytes, offset, length);
      io.closeFlow(flow);
    };
    const socket = await client(config.port);
    const read = reading(socket);
    const closed = isClosed(socket);
    socket.write(Buffer.concat([bindingRequest(1), bindingRequest(2)]));
    await eventually('the close', closed);
    expect(read()).toEqual(bindingRequest(1));
    expect(core.client).toHaveLength(1);
    expect(core.closed).toHaveLength(1);
  });

  test('that ends with its request still gets the answer', async () => {
    const { core, config, io } = await serve(transport);
    core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
    const socket = await client(config.port);
    const read = reading(socket);
    socket.end(bindingRequest(1));
    await eventually('flowClosed', () => core.closed.length === 1);
    await eventually('the answer', () => read().equals(bindingRequest(1)));
  });

  test('gets what is its own, whole and in order, however slowly it reads and whoever has his turn in between', async () => {
    const bounds = { mediaBacklog: 2 ** 30, backlog: 2 ** 30 };
    const { core, config, io } = await serve(transport, bounds);
    const sockets = [await client(config.port), await client(config.port)];
    for (const [i, socket] of sockets.entries()) {
      socket.write(bindingRequest(i));
      await eventually('the flow', () => core.client.length === i + 1);
      socket.pause();
    }
    const sent: [Buffer[], Buffer[]] = [[], []];
    for (let serial = 0; serial < 10_000; serial++) {
      // In runs, some of which fill what gathers, and some as long as they may be.
      const to = (serial >> (serial & 3)) & 1;
      const bytes = dataIndication(serial, serial % 1000 === 0 ? 65_500 : (serial * 40) % 9000);
      sent[to]!.push(bytes);
      io.sendToClient(core.client[to]!.flow, bytes, 0, bytes.length);
      if (serial % 100 === 0) await new Promise(setImmediate);
    }
    for (const [i, socket] of sockets.entries()) {
      const read = reading(socket);
      socket.resume();
      const all = Buffer.concat(sent[i]!);
      await eventually('all', () => read().length === all.length);
      expect(read().equals(all)).toBe(true);
    }
  });

  test('to a slow reader loses media beyond the bound, but no answer', async () => {
    const bounds = { mediaBacklog: 64 * 1024, backlog: 128 * 1024 };
    const { core, config, io } = await serve(transport, bounds);
    const socket = await client(config.port);
    socket.pause();
    socket.write(bindingRequest(1));
    await eventually('the flow', () => core.client.length === 1);
    const { flow } = core.client[0]!;
    const media = [channelData(1200), dataIndication(9, 1200)];

    // The kernel's buffers take some megabytes before anything waits in ours.
    for (let sent = 0; sent < 16 * 1024 * 1024; sent += 1200) {
      const bytes = media[sent % 2]!;
      io.sendToClient(flow, bytes, 0, bytes.length);
    }
    expect(io.streamCounts.of('slow reader: media dropped')).toBeGreaterThan(0);
    io.sendToClient(flow, bindingRequest(77), 0, 20);
    expect(io.streamCounts.of('slow reader: closed')).toBe(0);

    const read = reading(socket);
    socket.resume();
    await eventually('the answer', () => read().subarray(-20).equals(bindingRequest(77)));
    expect(read().length).toBeLessThan(16 * 1024 * 1024);
  });

  test('to a slow reader holds no more memory than what waits for it', async () => {
    const { core, config, io } = await serve(transport, { mediaBacklog: 2 ** 30, backlog: 2 ** 30 });
    const socket = await client(config.port);
    socket.pause();
    socket.write(bindingRequest(1));
    await eventually('the flow', () => core.client.length === 1);
    const { flow } = core.client[0]!;
    const [long, short] = [channelData(64_000), channelData(100)];
    // More than the kernel's buffers take.
    for (let i = 0; i < 400; i++) io.sendToClient(flow, long, 0, long.length);
    const before = buffersInUse();
    for (let i = 0; i < 4000; i++) {
      io.sendToClient(flow, short, 0, short.length);
      await new Promise(setImmediate);
    }
    expect(buffersInUse() - before).toBeLessThan(16 * 1024 * 1024);
  });

  test('that never reads its answers is closed at the hard bound', async () => {
    const { core, config, io } = await serve(transport, { mediaBacklog: 1024, backlog: 2048 });
    const socket = await client(config.port);
    socket.pause();
    socket.write(bindingRequest(1));
    await eventually('the flow', () => core.client.length === 1);
    const { flow } = core.client[0]!;
    const answer = Buffer.concat([bindingRequest(2), Buffer.alloc(1200)]);
    for (let sent = 0; sent < 16 * 1024 * 1024; sent += answer.length) io.sendToClient(flow, answer, 0, answer.length);
    await eventually('flowClosed', () => core.closed.length === 1);
    expect(io.streamCounts.of('slow reader: closed')).toBe(1);
  });

  test('without a whole message in time is closed, also if bytes trickle in', async () => {
    const { core, config, io, time } = await serve(transport, { firstMessageTimeout: 5000 });
    const [silent, trickling, speaking] = [
      await client(config.port),
      await client(config.port),
      await client(config.port),
    ];
    const closed = [isClosed(silent), isClosed(trickling)];
    await eventually('three connections', () => io.streamConnections === 3);
    time.now += 4000;
    trickling.write(bindingRequest(1).subarray(0, 19));
    speaking.write(bindingRequest(2));
    await eventually('a message', () => core.client.length === 1);
    io.tick();
    expect(io.streamCounts.of('timed out')).toBe(0);
    time.now += 1000;
    io.tick();
    await eventually('two closed', () => closed.every(is => is()));
    expect(io.streamCounts.of('timed out')).toBe(2);
    expect(io.streamConnections).toBe(1);
  });

  test('is closed once it is idle for too long', async () => {
    const { core, config, io, time } = await serve(transport, { idleTimeout: 60_000 });
    const socket = await client(config.port);
    const closed = isClosed(socket);
    for (const tag of [1, 2]) {
      socket.write(bindingRequest(tag));
      await eventually('a message', () => core.client.length === tag);
      time.now += 59_999;
      io.tick();
    }
    expect(io.streamConnections).toBe(1);
    time.now += 1;
    io.tick();
    await eventually('the close', closed);
  });

  test('is refused beyond the bound of its source, and admitted again after another has gone', async () => {
    const { core, config, io } = await serve(transport, { connectionsPerSource: 2 });
    const [first] = [await client(config.port), await client(config.port)];
    await eventually('two connections', () => io.streamConnections === 2);
    const third = connect(config.port, '127.0.0.1').on('error', () => undefined);
    await eventually('the refusal', isClosed(third));
    expect(io.streamCounts.of('too many connections of one source')).toBe(1);

    first.end();
    await eventually('flowClosed', () => core.closed.length === 1);
    await client(config.port);
    await eventually('two connections', () => io.streamConnections === 2);
  });
});

test('what one turn of the event loop brings for a client arrives in one piece', async () => {
  const { core, config, io } = await serve('tcp');
  core.onClient = (flow: Flow) => {
    for (let tag = 0; tag < 20; tag++) io.sendToClient(flow, bindingRequest(tag), 0, 20);
  };
  const socket = await tcpClient(config.port);
  const chunks: number[] = [];
  socket.on('data', chunk => chunks.push(chunk.length));
  socket.write(bindingRequest(1));
  await eventually('an answer', () => chunks.length > 0);
  expect(chunks).toEqual([400]);
});

test('an IPv6 client is a flow of its IPv6 address', async () => {
  const { core, config } = await serve('tcp');
  const socket = await tcpClient(config.port, '::1');
  socket.write(bindingRequest(1));
  await eventually('a message', () => core.client.length === 1);
  expect(core.client[0]!.flow.client.toString()).toBe(`[::1]:${socket.localPort}`);
});

test('a connection that breaks off is a closed flow, and no crash', async () => {
  const { core, config, io } = await serve('tcp');
  const socket = await tcpClient(config.port);
  socket.write(bindingRequest(1));
  await eventually('a message', () => core.client.length === 1);
  socket.resetAndDestroy();
  await eventually('flowClosed', () => core.closed.length === 1);
  io.sendToClient(core.client[0]!.flow, bindingRequest(2), 0, 20);
  expect(io.streamCounts.of('no connection')).toBe(1);
});

describe('TLS', () => {
  test.each([
    ['TURN, if offered (RFC 7443)', ['stun.turn'], 'stun.turn'],
    ['TURN before NAT discovery', ['stun.nat-discovery', 'stun.turn'], 'stun.turn'],
    ['NAT discovery, among others', ['h2', 'stun.nat-discovery'], 'stun.nat-discovery'],
    ['nothing, if nothing is offered', undefined, false],
  ])('selects %s', async (_, ALPNProtocols, expected) => {
    const { config } = await serve('tls');
    const socket = await tlsClient(config.port, { ALPNProtocols });
    expect(socket.alpnProtocol).toBe(expected);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async version => {
    const { config } = await serve('tls');
    const socket = await tlsClient(config.port, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
  });

  test('each answer has a TLS record of its own: clients in the field take a record for a message', async () => {
    const { core, config, io } = await serve('tls');
    const socket = await tlsClient(config.port);
    const records: number[] = [];
    socket.on('data', (record: Buffer) => records.push(record.length));
    core.onClient = (flow, bytes, offset, length) => {
      for (let i = 0; i < 2; i++) io.sendToClient(flow, bytes, offset, length);
    };
    socket.write(bindingRequest(1));
    await eventually('both', () => records.reduce((sum, length) => sum + length, 0) === 40);
    expect(records).toEqual([20, 20]);
  });

  test('refuses TLS 1.1, and what is no TLS at all, and serves on', async () => {
    const { config, io } = await serve('tls');
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await expect(tlsClient(config.port, old)).rejects.toThrow(/alert|version/i);
    const plain = await tcpClient(config.port);
    plain.write(bindingRequest(1));
    await eventually('the close', isClosed(plain));
    await eventually('the counts', () => io.streamCounts.of('TLS handshake failed') === 2);
    await tlsClient(config.port);
  });

  test('a new certificate is for new connections; the old ones go on', async () => {
    const { core, config, io, problems } = await serve('tls');
    core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
    const before = await tlsClient(config.port);
    const read = reading(before);

    io.apply([{ ...config, certificate: certificateFor('second.example.org') }]);

    const after = await tlsClient(config.port);
    expect(before.getPeerCertificate().subject.CN).toBe('first.example.org');
    expect(after.getPeerCertificate().subject.CN).toBe('second.example.org');
    before.write(bindingRequest(1));
    await eventually('an answer on the old connection', () => read().length === 20);
    expect(problems).toEqual([]);
    expect(core.closed).toEqual([]);
  });

  test.each([
    ['unreadable', { cert: 'no PEM', key: 'no PEM' }],
    ['of another key', { cert: certificate.cert, key: certificateFor('other.example.org').key }],
    ['gone', undefined],
  ])('a new certificate that is %s is a problem told, and the old one stays', async (_, bad) => {
    const { config, io, problems } = await serve('tls');
    io.apply([{ ...config, certificate: bad }]);
    const socket = await tlsClient(config.port);
    expect(socket.getPeerCertificate().subject.CN).toBe('first.example.org');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^listener stunner\/edge\/tls keeps its previous certificate: /);
    expect(problems[0]).not.toMatch(/PRIVATE|no PEM/);
    expect([...io.problems.keys()]).toEqual([config.name]);

    io.apply([config]);
    expect([...io.problems]).toEqual([]);
  });
});
