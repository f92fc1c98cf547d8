import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clientHello,
  closeAll,
  closeLater,
  cookieOf,
  DtlsClient,
  halfOpen,
  Nat,
  record,
  serveDtls,
} from './dtls-support';
import { bindingRequest, eventually, UdpPeer } from './support';

afterEach(closeAll);

const HELLO_VERIFY_REQUEST = 3;
const SERVER_HELLO = 2;

/** Type of the first handshake message in each datagram that a client has got. */
function handshakeTypes({ received }: UdpPeer): number[] {
  return received.map(({ bytes }) => bytes[13]!);
}

async function helloFrom(address: string, port: number, cookie?: Uint8Array): Promise<UdpPeer> {
  const client = closeLater(await UdpPeer.bind(address));
  client.send(clientHello(cookie), port, '127.0.0.1');
  await eventually('an answer', () => client.received.length > 0);
  return client;
}

describe('before a cookie has come back (RFC 6347 4.2.1)', () => {
  test('the relay answers with one, smaller than the question, and remembers nothing', async () => {
    const { io, port } = await serveDtls();
    const client = await helloFrom('127.0.0.1', port);
    expect(handshakeTypes(client)).toEqual([HELLO_VERIFY_REQUEST]);
    expect(client.received[0]!.bytes.length).toBeLessThan(clientHello().length);
    expect(io.dtlsSessions).toEqual({ current: 0, handshakes: 0 });
  });

  test.each([
    ['made up', () => randomBytes(32)],
    ['cut short', (own: Buffer) => own.subarray(0, 31)],
    ['too long', (own: Buffer) => Buffer.concat([own, own])],
    ['of a single byte', () => Buffer.from([1])],
    ['altered', (own: Buffer) => Buffer.from(own.map((byte, i) => (i === 31 ? byte ^ 1 : byte)))],
  ])('a cookie that is %s gets a new one', async (_, forge) => {
    const { io, port } = await serveDtls();
    const client = await helloFrom('127.0.0.1', port);
    client.send(clientHello(forge(cookieOf(client.received[0]!.bytes)!)), port, '127.0.0.1');
    await eventually('the second answer', () => client.received.length === 2);
    expect(handshakeTypes(client)).toEqual([HELLO_VERIFY_REQUEST, HELLO_VERIFY_REQUEST]);
    expect(io.dtlsSessions.current).toBe(0);
  });

  test.each(['127.0.0.1', '127.0.0.9'])(
    'a cookie is good for its own address and port alone, not from %s',
    async other => {
      const { io, port } = await serveDtls();
      const first = await helloFrom('127.0.0.1', port);
      const cookie = cookieOf(first.received[0]!.bytes)!;
      const second = await helloFrom(other, port, cookie);
      expect(handshakeTypes(second)).toEqual([HELLO_VERIFY_REQUEST]);
      expect(io.dtlsSessions.current).toBe(0);
      first.send(clientHello(cookie), port, '127.0.0.1');
      await eventually('the ServerHello', () => handshakeTypes(first).includes(SERVER_HELLO));
      expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 1 });
    },
  );

  test.each([
    [59_999, true],
    [119_999, true],
    [120_000, false],
  ])('a cookie of %d ms ago is good: %s', async (age, good) => {
    const { io, port, time } = await serveDtls();
    const client = await helloFrom('127.0.0.1', port);
    for (const part of [age / 2, age / 2]) {
      time.now += part;
      await helloFrom('127.0.0.2', port);
    }
    client.send(clientHello(cookieOf(client.received[0]!.bytes)), port, '127.0.0.1');
    await eventually('an answer', () => client.received.length >= 2);
    expect(io.dtlsSessions.current).toBe(good ? 1 : 0);
  });

  test('any bytes do no harm', async () => {
    const { io, port } = await serveDtls();
    const client = closeLater(await UdpPeer.bind('127.0.0.1'));
    const hello = clientHello(randomBytes(32));
    for (let i = 0; i < 600; i++) {
      const bytes = Buffer.from(hello.subarray(0, 1 + ((i * 7) % hello.length)));
      for (let flips = i % 4; flips > 0; flips--) bytes[(i * 31 + flips * 17) % bytes.length] = i & 0xff;
      client.send(bytes, port, '127.0.0.1');
      client.send(record(20 + (i % 44), i % 3, i, randomBytes(i)), port, '127.0.0.1');
      if (i % 50 === 0) await sleep(2);
    }
    client.send(record(22, 0, 0, randomBytes(40_000)), port, '127.0.0.1');
    await eventually('all', () => io.dtlsCounts.of('no ClientHello') > 100);
    expect(io.dtlsSessions.current).toBe(0);
    const good = new DtlsClient(port);
    good.send(bindingRequest(1));
    await eventually('the echo', () => good.received.length === 20);
  });
});

test('a flood of ClientHellos and garbage leaves no state, and a legitimate handshake passes it', async () => {
  const { io, port } = await serveDtls();
  const sources = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => closeLater(await UdpPeer.bind(`127.1.${i}.1`))),
  );
  const flood = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      for (const source of sources) {
        source.send(clientHello(round % 2 === 0 ? undefined : randomBytes(32)), port, '127.0.0.1');
        source.send(randomBytes(64).fill(22, 0, 1), port, '127.0.0.1');
        source.received.length = 0;
      }
      await sleep(1);
    }
  };
  await flood(20);
  const before = { rss: process.memoryUsage().rss, descriptors: descriptors() };

  const flooding = flood(100);
  const client = new DtlsClient(port);
  client.send(bindingRequest(1));
  await eventually('the echo', () => client.received.length === 20);
  await flooding;

  expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
  await client.end();
  await eventually('the end', () => io.dtlsSessions.current === 0);
  expect(descriptors()).toBeLessThanOrEqual(before.descriptors);
  // A session for each ClientHello would be hundreds of MiB.
  expect(process.memoryUsage().rss - before.rss).toBeLessThan(64 * 1024 * 1024);
});

describe('half-open handshakes', () => {
  test('are closed in time, and what comes later gets no answer', async () => {
    const { io, port, time, core } = await serveDtls();
    const client = await halfOpen(port);
    await eventually('the ServerHello', () => handshakeTypes(client).includes(SERVER_HELLO));
    time.now += 9999;
    io.tick();
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 1 });
    time.now += 1;
    io.tick();
    expect(io.dtlsSessions).toEqual({ current: 0, handshakes: 0 });
    expect(io.dtlsCounts.of('handshake timed out')).toBe(1);
    expect(core.closed).toEqual([]);
  });

  test('have their answer repeated, for it may have been lost (RFC 6347 4.2.4)', async () => {
    const { io, port } = await serveDtls();
    const client = await halfOpen(port);
    await eventually('the ServerHello', () => handshakeTypes(client).includes(SERVER_HELLO));
    const serverHellos = (): number => handshakeTypes(client).filter(type => type === SERVER_HELLO).length;
    io.tick();
    await sleep(500);
    expect(serverHellos()).toBe(1);
    await sleep(600);
    io.tick();
    await eventually('the same again', () => serverHellos() === 2);
  });

  test('of one source are limited, and others are served', async () => {
    const { io, port } = await serveDtls({ handshakesPerSource: 2 });
    for (let i = 0; i < 4; i++) await halfOpen(port);
    await eventually('two refusals', () => io.dtlsCounts.of('too many handshakes of one source') === 2);
    expect(io.dtlsSessions.handshakes).toBe(2);
    await halfOpen(port, '127.0.0.2');
    await eventually('the other source', () => io.dtlsSessions.handshakes === 3);
  });

  test('make way for new ones, the oldest first', async () => {
    const { io, port } = await serveDtls({ handshakes: 3 });
    for (let i = 1; i <= 5; i++) await halfOpen(port, `127.0.0.${i}`);
    await eventually('two closed', () => io.dtlsCounts.of('too many handshakes') === 2);
    expect(io.dtlsSessions).toEqual({ current: 3, handshakes: 3 });
    const client = new DtlsClient(port);
    client.send(bindingRequest(1));
    await eventually('the echo', () => client.received.length === 20);
    expect(io.dtlsSessions).toEqual({ current: 3, handshakes: 2 });
  });
});

test.each([
  ['sessions', { sessions: 2 }, 'too many sessions'],
  ['sessions of one source', { sessionsPerSource: 2 }, 'too many sessions of one source'],
])('%s are limited, and one that ends makes room', async (_, limits, reason) => {
  const { io, port } = await serveDtls(limits);
  const clients = [new DtlsClient(port), new DtlsClient(port)];
  for (const client of clients) client.send(bindingRequest(1));
  await eventually('two echoes', () => clients.every(({ received }) => received.length === 20));
  await halfOpen(port);
  await eventually('the refusal', () => io.dtlsCounts.of(reason) === 1);
  await clients[0]!.end();
  await eventually('the end', () => io.dtlsSessions.current === 1);
  const third = new DtlsClient(port);
  third.send(bindingRequest(1));
  await eventually('its echo', () => third.received.length === 20);
});

test.each([
  ['without a first message', 15_000, false],
  ['without another message', 3_660_000, true],
])('a session %s is closed after %d ms', async (_, timeout, speaks) => {
  const { io, port, time, core } = await serveDtls();
  const client = new DtlsClient(port);
  if (speaks) client.send(bindingRequest(1));
  await eventually('the session', () => io.dtlsSessions.current - io.dtlsSessions.handshakes === 1);
  if (speaks) await eventually('the echo', () => client.received.length === 20);
  time.now += timeout - 1;
  io.tick();
  expect(io.dtlsSessions.current).toBe(1);
  time.now += 1;
  io.tick();
  expect(io.dtlsCounts.of('timed out')).toBe(1);
  expect(core.closed).toHaveLength(1);
  await eventually('close_notify at the client', () => client.hasEnded);
});

describe('a ClientHello from the address of a session (RFC 6347 4.2.8)', () => {
  async function sessionBehindNat() {
    const served = await serveDtls();
    const nat = await Nat.to(served.port);
    const client = new DtlsClient(nat.port);
    client.send(bindingRequest(1));
    await eventually('the echo', () => client.received.length === 20);
    return { ...served, nat, client };
  }

  test('that is forged does nothing to it, with a forged cookie neither', async () => {
    const { io, core, nat, client } = await sessionBehindNat();
    for (let i = 0; i < 50; i++) nat.forge(clientHello(i % 2 === 0 ? undefined : randomBytes(32)));
    client.send(bindingRequest(2));
    await eventually('the next echo', () => client.received.length === 40);
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
    expect(core.closed).toEqual([]);
  });

  test('whose cookie is good, but whose handshake leads nowhere, does nothing to it', async () => {
    const { io, core, nat, client, time } = await sessionBehindNat();
    const answers: Buffer[] = [];
    nat.outside.socket.on('message', bytes => answers.push(bytes));
    nat.forge(clientHello());
    await eventually('the cookie', () => answers.some(bytes => cookieOf(bytes) !== undefined));
    nat.forge(clientHello(answers.map(bytes => cookieOf(bytes)).find(cookie => cookie !== undefined)));
    await eventually('the handshake', () => io.dtlsSessions.handshakes === 1);
    client.send(bindingRequest(2));
    await eventually('the next echo', () => client.received.length === 40);
    time.now += 10_000;
    io.tick();
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
    client.send(bindingRequest(3));
    await eventually('the echo after it', () => client.received.length === 60);
    expect(core.closed).toEqual([]);
  });

  test('keeps its handshake when the session ends before it is through', async () => {
    const { io, nat, client, port, time } = await sessionBehindNat();
    const answers: Buffer[] = [];
    nat.outside.socket.on('message', bytes => answers.push(bytes));
    nat.forge(clientHello());
    await eventually('the cookie', () => answers.some(bytes => cookieOf(bytes) !== undefined));
    nat.forge(clientHello(answers.map(bytes => cookieOf(bytes)).find(cookie => cookie !== undefined)));
    await eventually('the handshake', () => io.dtlsSessions.handshakes === 1);
    await client.end();
    await eventually('the end of the session', () => io.dtlsSessions.current === 1);

    // A fatal alert in the clear ends a handshake, so it shows whom datagrams of this source reach.
    nat.outside.send(record(21, 0, 9, Buffer.from([2, 40])), port, '127.0.0.1');
    await eventually('the end of the handshake', () => io.dtlsSessions.current === 0);
    expect(io.dtlsCounts.of('DTLS handshake failed')).toBe(1);
    time.now += 10_000;
    io.tick();
    expect(io.dtlsCounts.of('handshake timed out')).toBe(0);
  });

  test('whose handshake succeeds takes its place: the client has lost its keys', async () => {
    const { io, core, nat, client } = await sessionBehindNat();
    client.kill();
    const again = new DtlsClient(nat.port);
    again.send(bindingRequest(2));
    await eventually('the echo', () => again.received.length === 20);
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
    expect(core.closed.map(({ socket }) => socket)).toEqual([core.client[0]!.flow.socket]);
    again.send(bindingRequest(3));
    await eventually('the next echo', () => again.received.length === 40);
  });
});

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
