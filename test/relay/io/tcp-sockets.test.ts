import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type LocalEnd, OTHER_PORT, SAME_PORT, type TcpSockets, tcpSockets } from '../../../relay/src/io/tcp-sockets';
import { freePort } from './support';

const opened: (Server | Socket)[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) {
    if ('listen' in socket) socket.close();
    else socket.destroy();
  }
});

async function listen(sockets: TcpSockets, local: LocalEnd): Promise<Server> {
  const server = createServer();
  opened.push(server);
  server.listen(sockets.listening(local));
  await once(server, 'listening');
  return server;
}

/** The address and port that a peer sees of a connection from a relayed transport address. */
async function seenByPeer(sockets: TcpSockets, family: 4 | 6): Promise<{ seen: LocalEnd; local: LocalEnd }> {
  const address = family === 4 ? '127.0.0.1' : '::1';
  const local: LocalEnd = { family, address, port: await freePort() };
  await listen(sockets, local);
  const peer = createServer().listen(0, address);
  opened.push(peer);
  await once(peer, 'listening');
  const accepted = once(peer, 'connection') as Promise<[Socket]>;
  opened.push(sockets.connect(local, { address, port: (peer.address() as { port: number }).port }));
  const [socket] = await accepted;
  opened.push(socket);
  return { local, seen: { family, address: socket.remoteAddress!, port: socket.remotePort! } };
}

test.each([4, 6] as const)('IPv%d peers see the whole relayed transport address (RFC 6062 5.2)', async family => {
  const { seen, local } = await seenByPeer(SAME_PORT, family);
  expect(seen).toEqual(local);
});

test.each([4, 6] as const)(
  'where ports cannot be shared, IPv%d peers see the relayed address at least',
  async family => {
    const { seen, local } = await seenByPeer(OTHER_PORT, family);
    expect(seen.address).toBe(local.address);
    expect(seen.port).not.toBe(local.port);
  },
);

test.each([
  ['same', SAME_PORT],
  ['other', OTHER_PORT],
])("a transport address is one relay socket's alone (%s port)", async (_, sockets) => {
  const local: LocalEnd = { family: 4, address: '127.0.0.1', port: await freePort() };
  await listen(sockets, local);
  await expect(listen(sockets, local)).rejects.toThrow('EADDRINUSE');
});

test('Linux can share a port', () => {
  if (process.platform === 'linux') expect(tcpSockets()).toBe(SAME_PORT);
});
