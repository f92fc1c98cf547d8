import { MmsgIo } from '../../../relay/src/io/mmsg-io';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import type { Flow } from '../../../relay/src/turn/flow';
import { eventually, freePort, RecordingCore, UdpPeer } from './support';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc } = support;

const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

/** A relay on a host that has these addresses, as far as it knows. */
async function setUp(addresses: readonly string[], segmentation = true) {
  const own = addresses.map(address => Endpoint.of(address));
  const core = new RecordingCore();
  const io = new MmsgIo(
    {
      core,
      clock: () => 42,
      numbers: new SocketNumbers(),
      relayPorts: { min: 49_152, max: 65_535 },
      relayAddress: () => undefined,
      ownAddresses: family => own.filter(address => address.family === family),
    },
    libc,
    { segmentation },
  );
  const timer = setInterval(() => io.poll(0), 1);
  closers.push({ close: () => clearInterval(timer) }, io);
  const port = await freePort();
  const number = io.listen('stunner/edge/udp', port, error => {
    if (error !== undefined) throw error;
  });
  return { io, core, port, number, own };
}

/** A client by whose socket the system lets in what comes from this server address alone, as a NAT would. */
async function clientOf(server: string, port: number): Promise<UdpPeer> {
  const client = await UdpPeer.bind(server.includes(':') ? '::1' : '127.0.0.1');
  closers.push(client);
  await new Promise<void>(resolve => client.socket.connect(port, server, resolve));
  return client;
}

function say(client: UdpPeer, text: string): void {
  client.socket.send(text);
}

describe.each([true, false])('on a host with several addresses (segmentation by the kernel: %s)', segmentation => {
  test.each(['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'])(
    'an answer leaves by the address that the client has sent to: %s',
    async server => {
      const { io, core, port } = await setUp(['127.0.0.1', '127.0.0.2', '::1', '::2'], segmentation);
      core.onClient = (flow, bytes, offset, length) => {
        for (let i = 0; i < 3; i++) io.sendToClient(flow, bytes, offset, length);
      };
      const client = await clientOf(server, port);
      say(client, 'hello');
      await eventually('three answers', () => client.received.length === 3);
      expect(client.received.map(({ bytes }) => bytes.toString())).toEqual(['hello', 'hello', 'hello']);
    },
  );

  test('the server address is a part of the 5-tuple (RFC 8656 2): one client socket, two server addresses, two flows', async () => {
    const { io, core, port } = await setUp(['127.0.0.1', '127.0.0.2'], segmentation);
    const client = await UdpPeer.bind('0.0.0.0');
    closers.push(client);
    for (const server of ['127.0.0.1', '127.0.0.2', '127.0.0.1']) {
      const { length } = core.client;
      client.send(server, port, server);
      await eventually('the datagram', () => core.client.length > length);
    }
    const [first, second, third] = core.client.map(({ flow }) => flow) as [Flow, Flow, Flow];
    expect(second.socket).not.toBe(first.socket);
    expect(third.socket).toBe(first.socket);
    expect(first.client.equals(second.client)).toBe(true);

    // What leaves together for one client from two addresses stays apart.
    const sources: string[] = [];
    client.socket.on('message', (bytes, { address }) => sources.push(`${bytes.toString()} ${address}`));
    for (const [flow, text] of [
      [first, 'a'],
      [first, 'b'],
      [second, 'c'],
      [second, 'd'],
      [first, 'e'],
    ] as const)
      io.sendToClient(flow, Buffer.from(text), 0, 1);
    await eventually('five datagrams', () => sources.length === 5);
    expect(sources).toEqual(['a 127.0.0.1', 'b 127.0.0.1', 'c 127.0.0.2', 'd 127.0.0.2', 'e 127.0.0.1']);
  });
});

test.each([
  ['the address that was known', '127.0.0.2'],
  ['one that nobody had told of', '127.0.0.4'],
])('a second address that comes later ends nobody: who has come in by %s keeps their flow', async (_, first) => {
  const { io, core, port, number, own } = await setUp(['127.0.0.2']);
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  // A client with an allocation.
  core.serves = ({ socket, client: { port: from } }) => socket === number && from === client.port;
  const flowAfter = async (server: string): Promise<number> => {
    const { length } = core.client;
    client.send('x', port, server);
    await eventually('the datagram', () => core.client.length > length);
    return core.client.at(-1)!.flow.socket;
  };
  expect(await flowAfter(first)).toBe(number);
  own.push(Endpoint.of('127.0.0.3'));
  io.addressesChanged();
  expect(await flowAfter(first)).toBe(number);

  // Whoever comes from then on has the address in their 5-tuple, and may have an allocation by each.
  core.serves = () => false;
  const other = await flowAfter('127.0.0.3');
  expect(other).not.toBe(number);
  expect(await flowAfter('127.0.0.2')).not.toBe(other);

  io.closeListener(number);
  const before = io.counts.of('no socket');
  for (const { flow } of core.client) io.sendToClient(flow, Buffer.from('x'), 0, 1);
  expect(io.counts.of('no socket')).toBe(before + 4);
});

test('a host with one address asks the kernel nothing: a packet costs what it did', async () => {
  const { core, port, number } = await setUp(['127.0.0.1']);
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  for (const server of ['127.0.0.1', '127.0.0.2']) client.send('x', port, server);
  await eventually('both datagrams', () => core.client.length === 2);
  expect(core.client.map(({ flow }) => flow.socket)).toEqual([number, number]);
});

test('server addresses without end share one flow from some number on', async () => {
  const { core, port, number } = await setUp(['127.0.0.1', '127.0.0.2']);
  const client = await UdpPeer.bind('0.0.0.0');
  closers.push(client);
  for (let i = 0; i < 1030; i++) {
    client.send('x', port, `127.1.${i >> 8}.${i & 255}`);
    if (i % 64 === 0) await eventually('the datagrams', () => core.client.length >= i);
  }
  await eventually('all datagrams', () => core.client.length === 1030);
  const numbers = core.client.map(({ flow }) => flow.socket);
  expect(new Set(numbers).size).toBe(1025);
  expect(numbers.slice(-6)).toEqual(Array(6).fill(number));
});
