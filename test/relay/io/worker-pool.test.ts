import { poolSettings as settings, startPool, workerEntry } from './pool-support';
import { bindingRequest, eventually, freePort, UdpPeer } from './support';

const entry = workerEntry();
const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

function setUp(count = 2) {
  const started = startPool(entry, count);
  closers.push(started.pool);
  return started;
}

async function answered(port: number): Promise<UdpPeer> {
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  client.send(bindingRequest(1), port, '127.0.0.1');
  await eventually('the answer', () => client.received.length === 1);
  return client;
}

test('workers share a listener: every client is answered, and all packets are counted', async () => {
  const { pool, heard } = setUp();
  const port = await freePort();
  expect(pool.isSettled).toBe(true);
  pool.apply(settings(port));
  expect(pool.isSettled).toBe(false);
  await eventually('the listener', () => pool.isSettled);
  expect(pool.isListening('stunner/edge/udp')).toBe(true);
  expect(heard).toEqual(['stunner/edge/udp listens']);
  for (let i = 0; i < 16; i++) expect((await answered(port)).received[0]!.bytes.readUInt16BE(0)).toBe(0x0101);
  const counted = (): number => pool.reports.traffic('listeners', []).get('stunner/edge/udp')?.rxPackets ?? 0;
  await eventually('sixteen packets in the reports', () => counted() === 16);
});

test('a port that another socket has is a problem, and nothing is shared with it', async () => {
  const stranger = await UdpPeer.bind('0.0.0.0');
  closers.push(stranger);
  const { pool, heard } = setUp(1);
  pool.apply(settings(stranger.port));
  expect(heard).toEqual([expect.stringContaining(`cannot listen on UDP ${stranger.port}: address in use`)]);
  expect(pool.isListening('stunner/edge/udp')).toBe(false);
  expect(pool.isSettled).toBe(true);
});

test('a worker that crashes is reported and replaced, and its replacement serves', async () => {
  const { pool, heard } = setUp(1);
  const port = await freePort();
  pool.apply(settings(port));
  await eventually('the listener', () => pool.isListening('stunner/edge/udp'));
  // Text that no checked configuration holds: the worker has no way to go on with it.
  pool.apply(settings(port, { allowPeers: ['nonsense'] }));
  await eventually('the report', () => heard.some(line => line.startsWith('a UDP worker has ended')));
  pool.apply(settings(port));
  await eventually('the listener again', () => pool.isListening('stunner/edge/udp'));
  await answered(port);
});

test('a drained pool without allocations is empty at once', async () => {
  const { pool } = setUp();
  pool.apply(settings(await freePort()));
  await new Promise<void>(resolve => pool.drain(resolve));
});

test('closed, it gives its port back', async () => {
  const { pool } = setUp();
  const port = await freePort();
  pool.apply(settings(port));
  await eventually('the listener', () => pool.isListening('stunner/edge/udp'));
  pool.close();
  let bound = false;
  for (let i = 0; i < 50 && !bound; i++) {
    bound = await UdpPeer.bind('0.0.0.0', port).then(
      peer => closers.push(peer) > 0,
      async () => new Promise<boolean>(resolve => setTimeout(() => resolve(false), 50)),
    );
  }
  expect(bound).toBe(true);
});
