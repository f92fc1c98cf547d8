import { spawn, spawnSync } from 'node:child_process';
import { monotonicMs } from '../../../relay/src/io/clock';
import { NatDiscoveryIo } from '../../../relay/src/io/nat-discovery-io';
import { parseOrigins } from '../../../relay/src/nat-discovery/origins';
import { bindingRequest, eventually, freePort, UdpPeer } from './support';

const closers: { close(): void }[] = [];
afterEach(() => closers.splice(0).forEach(closer => closer.close()));

async function start(): Promise<number> {
  const [port, other] = [await freePort(), await freePort()];
  const io = new NatDiscoveryIo(parseOrigins(`127.0.0.1,127.0.0.2,${port},${other}`), monotonicMs, () => true);
  closers.push(io);
  await new Promise<void>((resolve, reject) => io.open(error => (error === undefined ? resolve() : reject(error))));
  return port;
}

test('all four origins answer, each from itself', async () => {
  const port = await start();
  const client = await UdpPeer.bind('127.0.0.1');
  closers.push(client);
  for (const address of ['127.0.0.1', '127.0.0.2']) client.send(bindingRequest(1), port, address);
  await eventually('two answers', () => client.received.length === 2);
  expect(client.received.map(({ bytes }) => bytes.readUInt16BE(0))).toEqual([0x0101, 0x0101]);
});

test('where one origin cannot be had, none stays open', async () => {
  const squatter = await UdpPeer.bind('127.0.0.2');
  const [free, taken] = [await freePort(), squatter.port];
  const open = (): Promise<Error | undefined> =>
    new Promise(resolve => {
      const io = new NatDiscoveryIo(parseOrigins(`127.0.0.1,127.0.0.2,${free},${taken}`), monotonicMs, () => true);
      closers.push(io);
      io.open(resolve);
    });
  expect(await open()).toMatchObject({ code: 'EADDRINUSE' });
  squatter.close();
  expect(await open()).toBeUndefined();
});

const HAS_TURNUTILS = spawnSync('turnutils_natdiscovery').error === undefined;

/** What a client of coturn writes; it is ended after some seconds. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const timer = setTimeout(() => child.kill(), 8000);
  await new Promise(resolve => child.once('close', resolve));
  clearTimeout(timer);
  return text;
}

(HAS_TURNUTILS ? describe : describe.skip)("coturn's clients", () => {
  test('turnutils_natdiscovery finds mapping and filtering, with and without padding', async () => {
    const port = await start();
    for (const padding of [[], ['-P']]) {
      const found = await output('turnutils_natdiscovery', ['-m', '-f', ...padding, '-p', String(port), '127.0.0.1']);
      expect(found).toMatch(/No NAT detected|Endpoint Independent Mapping/i);
      expect(found).toMatch(/Endpoint Independent Filtering/i);
    }
  }, 20_000);

  test('turnutils_stunclient -f gets an answer from each origin', async () => {
    const port = await start();
    const found = await output('turnutils_stunclient', ['-f', '-p', String(port), '127.0.0.1']);
    expect(found.match(/UDP reflexive addr: 127\.0\.0\.1:/g)?.length).toBeGreaterThanOrEqual(3);
  });
});
