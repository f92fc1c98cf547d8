import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { ListenerConfig } from '../../../relay/src/config/relay-config';
import { RelayIo, type RelayIoOptions } from '../../../relay/src/io/relay-io';
import { TurnServer } from '../../../relay/src/turn/server';
import type { Sink } from '../../../relay/src/turn/sink';
import { Harness, settings } from '../turn/harness';
import {
  bindingRequest,
  certificateFor,
  eventually,
  freePort,
  listenerConfig,
  RecordingCore,
  relayFor,
  UdpPeer,
} from './support';

const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

function setUp(options: Partial<RelayIoOptions> = {}) {
  const time = { now: 1000 };
  const heard: string[] = [];
  const events = {
    listening: ({ name, port }: ListenerConfig) => void heard.push(`${name} listens on ${port}`),
    listenerProblem: (_: string, problem: string) => void heard.push(problem),
  };
  const io = new RelayIo(() => new RecordingCore(), { events, clock: () => time.now, ...options });
  closers.push(io);
  io.core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
  return { io, core: io.core, time, heard };
}

async function udpClient(): Promise<UdpPeer> {
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  return client;
}

test('a TURN server answers a Binding request by datagram and by stream (RFC 8489 12)', async () => {
  const listeners = [
    listenerConfig({ port: await freePort() }),
    listenerConfig({ port: await freePort(), transport: 'tcp' }),
  ];
  const [udp, tcp] = listeners as [ListenerConfig, ListenerConfig];
  const events = { listening: () => undefined, listenerProblem: () => undefined };
  const makeServer = (sink: Sink): TurnServer =>
    new TurnServer({
      sink,
      events: new Harness(),
      settings: settings(),
      unixSeconds: () => 0,
      random: randomBytes,
      hashSeed: 1,
      now: 0,
    });
  const io = new RelayIo(makeServer, { events });
  closers.push(io);
  io.apply(listeners);
  await eventually('two listeners', () => listeners.every(({ name }) => io.isListening(name)));

  const client = await udpClient();
  client.send(bindingRequest(1), udp.port, '127.0.0.1');
  await eventually('the answer', () => client.received.length === 1);
  const stream = connect(tcp.port, '127.0.0.1');
  stream.write(bindingRequest(2));
  const [answer] = (await once(stream, 'data')) as [Buffer];
  stream.destroy();

  expect(client.received[0]!.bytes.readUInt16BE(0)).toBe(0x0101);
  expect(answer.readUInt16BE(0)).toBe(0x0101);
});

test('datagram and stream listeners serve at once, each flow with a socket number of its own', async () => {
  const { io, core, heard } = setUp();
  const [port, tlsPort] = [await freePort(), await freePort()];
  const udp = listenerConfig({ port });
  const tcp = listenerConfig({ port, transport: 'tcp' });
  const tls = listenerConfig({ port: tlsPort, transport: 'tls', certificate: certificateFor('example.org') });
  io.apply([udp, tcp, tls]);
  await eventually('three listeners', () => heard.length === 3);
  expect(heard.sort()).toEqual([
    `stunner/edge/tcp listens on ${port}`,
    `stunner/edge/tls listens on ${tlsPort}`,
    `stunner/edge/udp listens on ${port}`,
  ]);

  const client = await udpClient();
  client.send(bindingRequest(1), port, '127.0.0.1');
  const stream = connect(port, '127.0.0.1');
  stream.write(bindingRequest(2));
  const [answer] = (await once(stream, 'data')) as [Buffer];
  stream.destroy();
  await eventually('the datagram', () => client.received.length === 1);

  expect(client.received[0]!.bytes).toEqual(bindingRequest(1));
  expect(answer).toEqual(bindingRequest(2));
  expect(new Set(core.client.map(({ flow }) => flow.socket)).size).toBe(2);
});

describe('a port that is in use', () => {
  test('in UDP turns off its listener alone, which says so once, and comes up when the port is free', async () => {
    const { io, time, heard } = setUp();
    const [taken, free] = [await freePort(), await freePort()];
    const squatter = createSocket('udp6').bind(taken);
    await once(squatter, 'listening');
    const blocked = listenerConfig({ port: taken, name: 'stunner/stunner-gateway/udp' });
    io.apply([blocked, listenerConfig({ port: free })]);
    await eventually('both outcomes', () => heard.length === 2);
    expect(io.problems.get(blocked.name)).toMatch(
      new RegExp(`^listener stunner/stunner-gateway/udp cannot listen on UDP ${taken}: address in use; `),
    );
    expect([io.isListening(blocked.name), io.isListening('stunner/edge/udp')]).toEqual([false, true]);

    io.tick();
    expect(heard).toHaveLength(2);
    squatter.close();
    time.now += 5000;
    io.tick();
    await eventually('the listener', () => io.isListening(blocked.name));
    expect(io.problems.size).toBe(0);
  });

  test('in TCP is told as well', async () => {
    const { io, heard } = setUp();
    const squatter = createServer().listen(0, '::');
    await once(squatter, 'listening');
    closers.push(squatter);
    const { port } = squatter.address() as { port: number };
    io.apply([listenerConfig({ port, transport: 'tcp' })]);
    await eventually('the problem', () => heard.length === 1);
    expect(heard[0]).toContain(`listener stunner/edge/tcp cannot listen on TCP ${port}: address in use`);
  });
});

test.each([
  ['TLS without certificate', 'tls', undefined, /is off: it has no certificate/],
  ['TLS with an unusable certificate', 'tls', { cert: 'no PEM', key: 'no PEM' }, /is off: /],
  ['DTLS without certificate', 'dtls', undefined, /is off: it has no certificate; DTLS starts as soon as there is one/],
  [
    'DTLS with an unusable certificate',
    'dtls',
    { cert: 'no PEM', key: 'no PEM' },
    /is off: the certificate is not read/,
  ],
] as const)('%s is off, visibly, and the others run', async (_, transport, certificate, problem) => {
  const { io, heard } = setUp();
  const off = listenerConfig({ port: await freePort(), transport, certificate });
  const udp = listenerConfig({ port: await freePort() });
  io.apply([off, udp]);
  await eventually('the UDP listener', () => io.isListening(udp.name));
  expect(io.isListening(off.name)).toBe(false);
  expect(heard[0]).toMatch(problem);
  expect(io.problems.get(off.name)).toBe(heard[0]);
});

test('a certificate that comes later switches TLS on', async () => {
  const { io } = setUp();
  const tls = listenerConfig({ port: await freePort(), transport: 'tls' });
  io.apply([tls]);
  io.apply([{ ...tls, certificate: certificateFor('example.org') }]);
  await eventually('the listener', () => io.isListening(tls.name));
  expect(io.problems.size).toBe(0);
});

describe('a new configuration', () => {
  test('leaves alone the sockets that stay the same, whatever else changes of their listeners', async () => {
    const { io, core, heard } = setUp();
    const udp = listenerConfig({ port: await freePort() });
    const tcp = listenerConfig({ port: await freePort(), transport: 'tcp' });
    io.apply([udp, tcp]);
    await eventually('two listeners', () => heard.length === 2);
    const client = await udpClient();
    const stream = connect(tcp.port, '127.0.0.1').on('error', () => undefined);
    stream.write(bindingRequest(1));
    client.send(bindingRequest(1), udp.port, '127.0.0.1');
    await eventually('two messages', () => core.client.length === 2);

    io.apply(
      [udp, tcp].map(listener => ({ ...listener, routes: ['acme/janus'], publicPort: 443, address: '192.0.2.1' })),
    );

    stream.write(bindingRequest(2));
    client.send(bindingRequest(2), udp.port, '127.0.0.1');
    await eventually('two more', () => core.client.length === 4);
    expect(new Set(core.client.map(({ flow }) => flow.socket)).size).toBe(2);
    expect(core.closed).toEqual([]);
    expect(heard).toHaveLength(2);
    stream.destroy();
  });

  test('closes the sockets and connections of a listener that is gone', async () => {
    const { io, core, heard } = setUp();
    const udp = listenerConfig({ port: await freePort() });
    const tcp = listenerConfig({ port: await freePort(), transport: 'tcp' });
    io.apply([udp, tcp]);
    await eventually('two listeners', () => heard.length === 2);
    const stream = connect(tcp.port, '127.0.0.1');
    stream.write(bindingRequest(1));
    await eventually('a message', () => core.client.length === 1);

    io.apply([]);

    await once(stream.resume(), 'close');
    await eventually('flowClosed', () => core.closed.length === 1);
    const again = setUp();
    again.io.apply([udp, tcp]);
    await eventually('both ports are free', () => again.io.isListening(udp.name) && again.io.isListening(tcp.name));
  });

  test('may give the port of one listener to another', async () => {
    const { io, heard } = setUp();
    const port = await freePort();
    io.apply([listenerConfig({ port, name: 'stunner/edge/old' })]);
    await eventually('the old one', () => heard.length === 1);
    io.apply([listenerConfig({ port, name: 'stunner/edge/new' })]);
    await eventually('the new one', () => heard.length === 2);
    expect(heard[1]).toBe(`stunner/edge/new listens on ${port}`);
  });
});

describe('relayed addresses', () => {
  test('follow the listener', async () => {
    const { io, core } = setUp();
    const listener = listenerConfig({ port: await freePort(), address: '127.0.0.1' });
    io.apply([listener]);
    io.openRelay(relayFor(4, listener.name));
    await eventually('relayOpened', () => core.opened.length === 1);
    expect(core.opened[0]!.address.address).toBe('127.0.0.1');
    expect(io.relayFamilies(listener)).toContain(4);
  });

  test('that the operator asked for win, and are bound by wildcard where this host has them not', async () => {
    const { io, core } = setUp({ relayAddresses: ['203.0.113.9'], relayPorts: { min: 51_000, max: 51_999 } });
    io.openRelay(relayFor(4));
    await eventually('relayOpened', () => core.opened.length === 1);
    const { address } = core.opened[0]!;
    expect(address.address).toBe('203.0.113.9');
    const peer = await udpClient();
    peer.send('ping', address.port, '127.0.0.1');
    await eventually('the ping', () => core.peer.length === 1);
    io.sendToPeer(core.opened[0]!, core.peer[0]!.source, Buffer.from('pong'), 0, 4, false);
    await eventually('the pong', () => peer.received.length === 1);
    io.closeRelay(core.opened[0]!);
  });
});

test('time passes for the core at least every second', async () => {
  const { io, core } = setUp();
  io.start();
  await eventually('two ticks', () => core.ticks.length >= 2);
  expect(core.ticks.every(Number.isInteger)).toBe(true);
});
