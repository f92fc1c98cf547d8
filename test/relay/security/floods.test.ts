import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { connect, type Socket as TcpSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE, MEDIA, Site, STATIC_USER } from '../../e2e/site';
import { EchoPeer, uclient, verdict } from '../../e2e/turnutils';
import {
  Allocate,
  allocate,
  ask,
  Binding,
  flood,
  Footprint,
  message,
  processWith,
  Refresh,
  refreshTo0,
  sourcesAt,
} from './flood';

/** Milliseconds of each flood, and datagrams a second. */
const FLOOD_MS = 2000;
const RATE = 15_000;
/** Messages of the call that goes on beside it, and milliseconds between two of them. */
const CALL = ['-n', '60', '-z', '20'];

/** Allocations of one source, all threads together: `--allocations-per-source`. */
const QUOTA = 100;

let site: Site;
let echo: EchoPeer;
let pid: number;

beforeAll(async () => {
  site = await Site.start({ args: ['--allocations-per-source', String(QUOTA)] });
  echo = await EchoPeer.start(site.peer);
  pid = processWith(site.manifests);
  // What the first call makes the relay load and keep is not a leak.
  await call();
});

afterAll(async () => {
  await echo.stop();
  // A relay that is told twice does not wait for allocations that an attack has left.
  const patience = setTimeout(() => process.kill(pid, 'SIGTERM'), 2000);
  await site.stop();
  clearTimeout(patience);
});

const opened: (() => void)[] = [];

// A failure must not leave sockets that keep the test runner from ending.
afterEach(() => opened.splice(0).forEach(close => close()));

/** `sourcesAt`, closed when the test ends. */
async function sources(network: string, count: number, perAddress?: number): Promise<Socket[]> {
  const sockets = await sourcesAt(network, count, perAddress);
  opened.push(...sockets.map(socket => () => void socket.close()));
  return sockets;
}

/** A TCP connection to the relay, destroyed when the test ends. */
function connection(port: number, localAddress?: string): TcpSocket {
  const socket = connect({ port, host: HERE, localAddress }).on('error', () => undefined);
  opened.push(() => void socket.destroy());
  return socket;
}

/** A call through the relay; `lossless`, or what it was. */
async function call(): Promise<string> {
  const { username, password } = STATIC_USER;
  const args = ['-c', ...CALL, '-u', username, '-w', password, '-p', String(site.ports.udp)];
  return verdict(await uclient([...args, '-e', MEDIA, '-r', String(site.peer), HERE], 20_000));
}

/** A call beside an attack is lossless, and afterwards the relay holds no more than before. */
async function withstands(attack: () => Promise<void>): Promise<void> {
  const before = Footprint.of(pid);
  const [calls] = await Promise.all([call(), attack()]);
  expect(calls).toBe('lossless');
  await sleep(1500);
  const after = Footprint.of(pid);
  // The call's own allocation: uclient leaves it to expire.
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 1);
  // The collector gives back late and in large pieces.
  expect(after.residentMiB).toBeLessThan(before.residentMiB + 40);
}

test('first packets from many sources that never prove who they are', async () => {
  const clients = await sources('127.0.2', 100);
  let answers = 0;
  for (const client of clients) client.on('message', () => answers++);
  await withstands(async () => {
    const sent = await flood(clients, site.ports.udp, FLOOD_MS, RATE, () => message(Allocate, allocate));
    expect(sent).toBeGreaterThan(5000);
  });
  expect(answers).toBeGreaterThan(0);
}, 30_000);

test('one source gets few of the answers it asks for in the name of another', async () => {
  const clients = await sources('127.0.3', 1);
  let [answers, sent] = [0, 0];
  clients[0]!.on('message', () => answers++);
  await withstands(async () => {
    sent = await flood(clients, site.ports.udp, FLOOD_MS, RATE, () => message(Binding));
  });
  expect(answers).toBeGreaterThan(0);
  expect(answers).toBeLessThan(sent / 4);
}, 30_000);

test('packets that are nothing, or almost something', async () => {
  const clients = await sources('127.0.4', 20);
  const samples = Array.from({ length: 1000 }, (_, i) => {
    const bytes = i % 3 === 0 ? randomBytes(1 + (i % 1400)) : message(Allocate, allocate);
    if (i % 3 === 1) bytes[i % bytes.length]! ^= 1 << (i % 8);
    return i % 3 === 2 ? bytes.subarray(0, i % bytes.length) : bytes;
  });
  let i = 0;
  await withstands(async () => {
    await flood(clients, site.ports.udp, FLOOD_MS, RATE, () => samples[i++ % samples.length]!);
  });
}, 30_000);

test('a user who allocates as much as he can', async () => {
  const clients = await sources('127.0.5', 2, 200);
  const { udp } = site.ports;
  await withstands(async () => {
    const codes: (number | undefined)[] = [];
    for (let i = 0; i < clients.length; i += 20) {
      const some = clients.slice(i, i + 20);
      codes.push(...(await Promise.all(some.map(client => ask(client, udp, STATIC_USER, Allocate, allocate)))));
    }
    const granted = codes.filter(code => code === 0).length;
    const refused = codes.filter(code => code === 486).length;
    const unanswered = codes.filter(code => code === undefined).length;
    // As many as one source may have, twice; the others are told so.
    expect(granted).toBeGreaterThan(QUOTA);
    expect(granted).toBeLessThanOrEqual(2 * QUOTA);
    expect(refused).toBeGreaterThan(0);
    expect(granted + refused + unanswered).toBe(clients.length);
    await Promise.all(clients.map(client => release(client, udp)));
  });
}, 30_000);

test.each(['tcp', 'tls'] as const)(
  'hundreds of %s connections that say next to nothing',
  async transport => {
    const sockets: TcpSocket[] = [];
    await withstands(async () => {
      for (let i = 0; i < 300; i++) {
        sockets.push(connection(site.ports[transport], `127.0.6.${1 + (i % 200)}`));
      }
      const head = message(Allocate, allocate);
      for (let i = 0; i < 15; i++) {
        for (const socket of sockets) socket.write(head.subarray(i, i + 1));
        await sleep(200);
      }
      expect(Footprint.of(pid).descriptors).toBeGreaterThan(250);
      for (const socket of sockets) socket.destroy();
    });
  },
  30_000,
);

test('whoever speaks HTTP to it is shown the door (CVE-2020-6061, CVE-2020-6062)', async () => {
  await withstands(async () => {
    const socket = connection(site.ports.tcp);
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.write(`GET / HTTP/1.1\r\nHost: ${'x'.repeat(60_000)}\r\n\r\n`);
    socket.resume();
    await closed;
  });
}, 30_000);

/** Gives an allocation back, if there is one: until that is answered, for there is a limit on answers. */
async function release(client: Socket, port: number): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const code = await ask(client, port, STATIC_USER, Refresh, refreshTo0);
    if (code === 0 || code === 437) return;
  }
}
