import { ALPN } from '../../../relay/src/io/stream-server';
import { OpenSsl } from '../../../relay/src/io/ffi/openssl';
import { RelayIo } from '../../../relay/src/io/relay-io';
import { TurnServer } from '../../../relay/src/turn/server';
import { Harness, settings } from '../turn/harness';
import {
  certificate,
  closeAll,
  closeLater,
  DtlsClient,
  freeUdpPort,
  MESSAGES_ONLY,
  Nat,
  record,
  serveDtls,
} from './dtls-support';
import { bindingRequest, certificateFor, channelData, eventually, listenerConfig, UdpPeer } from './support';

afterEach(closeAll);

test.each(['127.0.0.1', '::1'])('a TURN server answers a Binding request over DTLS at %s (RFC 7350 3)', async host => {
  const events = { listening: () => undefined, listenerProblem: () => undefined };
  const io = closeLater(
    new RelayIo(
      sink =>
        new TurnServer({
          sink,
          events: new Harness(),
          settings: settings(),
          unixSeconds: () => 0,
          random: length => new Uint8Array(length),
          hashSeed: 1,
          now: 0,
        }),
      { events },
    ),
  );
  const config = listenerConfig({ transport: 'dtls', port: await freeUdpPort(), certificate });
  io.apply([config]);
  await eventually('the listener', () => io.isListening(config.name));

  const client = new DtlsClient(config.port, MESSAGES_ONLY, host);
  client.send(bindingRequest(7));
  await eventually('the answer', () => client.received.length > 0);
  expect(client.received.readUInt16BE(0)).toBe(0x0101);
  expect(client.received.subarray(4, 20)).toEqual(bindingRequest(7).subarray(4, 20));
});

describe('a DTLS session', () => {
  test('is one flow of datagrams with a number of its own, from its first message to close_notify', async () => {
    const { core, port, io } = await serveDtls();
    const [first, second] = [new DtlsClient(port), new DtlsClient(port)];
    first.send(bindingRequest(1));
    second.send(bindingRequest(2));
    await eventually('both echoes', () => first.received.length === 20 && second.received.length === 20);
    first.send(bindingRequest(3));
    await eventually('the third echo', () => first.received.length === 40);
    const flows = core.client.map(({ flow }) => flow);
    expect(flows.map(({ transport, isStream }) => [transport, isStream])).toEqual(Array(3).fill(['dtls', false]));
    expect(new Set(flows.map(({ socket }) => socket)).size).toBe(2);

    await first.end();
    await eventually('flowClosed', () => core.closed.length === 1);
    expect(core.closed[0]!.socket).toBe(core.client[2]!.flow.socket);
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
  });

  test('carries each message whole, up to what a record holds, and counts what is longer', async () => {
    const { core, port, io } = await serveDtls();
    const client = new DtlsClient(port);
    client.send(channelData(1196));
    await eventually('the echo', () => client.received.length === 1200);
    expect(core.client.map(({ bytes }) => bytes)).toEqual([channelData(1196)]);
    expect(client.received).toEqual(channelData(1196));

    const { flow } = core.client[0]!;
    const long = new Uint8Array(20_000).fill(7);
    io.sendToClient(flow, long, 100, 16_384);
    io.sendToClient(flow, long, 100, 16_385);
    await eventually('the longest', () => client.received.length === 1200 + 16_384);
    expect(io.dtlsCounts.of('too long')).toBe(1);
  });

  test.each([
    ['TURN, if offered (RFC 7443)', 'stun.turn', 'ALPN protocol: stun.turn'],
    ['TURN before NAT discovery', 'stun.nat-discovery,stun.turn', 'ALPN protocol: stun.turn'],
    ['NAT discovery, among others', 'h2,stun.nat-discovery', 'ALPN protocol: stun.nat-discovery'],
    ['nothing, if nothing is known', 'h2', 'No ALPN negotiated'],
  ])('selects %s', async (_, offered, expected) => {
    const { port } = await serveDtls();
    expect(await new DtlsClient(port, ['-alpn', offered]).text(/ALPN.*\n/)).toContain(expected);
  });

  test('has forward secrecy and authenticated encryption, and no renegotiation', async () => {
    const { port } = await serveDtls();
    const text = await new DtlsClient(port, []).text(/Extended master secret/);
    expect(text).toMatch(/Cipher is ECDHE-ECDSA-(AES\d+-GCM|CHACHA20)/);
    expect(text).toContain('Secure Renegotiation IS supported');
    expect(text).not.toContain('TLS session ticket');
    const old = new DtlsClient(port, ['-cipher', 'AES128-SHA:ECDHE-ECDSA-AES128-SHA']);
    await eventually('the refusal', () => old.hasEnded);
  });

  test('is not to be had by DTLS 1.0, nor by plain STUN, and the port serves on', async () => {
    const { port, io, core } = await serveDtls();
    const old = new DtlsClient(port, ['-no_dtls1_2', '-cipher', 'ALL:@SECLEVEL=0']);
    const plain = closeLater(await UdpPeer.bind('127.0.0.1'));
    plain.send(bindingRequest(1), port, '127.0.0.1');
    plain.send(channelData(8), port, '127.0.0.1');
    await eventually('two drops', () => io.dtlsCounts.of('not DTLS') === 2);
    await eventually('the refusal', () => old.hasEnded);

    const client = new DtlsClient(port);
    client.send(bindingRequest(2));
    await eventually('the echo', () => client.received.length === 20);
    expect(core.client.map(({ bytes }) => bytes)).toEqual([bindingRequest(2)]);
    expect(plain.received).toEqual([]);
  });

  test('passes over records that its keys do not fit', async () => {
    const { port, io } = await serveDtls();
    const nat = await Nat.to(port);
    const client = new DtlsClient(nat.port);
    client.send(bindingRequest(1));
    await eventually('the echo', () => client.received.length === 20);

    for (const type of [20, 21, 22, 23, 24, 63]) {
      for (const epoch of [0, 1, 2, 0xffff]) nat.forge(record(type, epoch, 99, Buffer.alloc(40, type)));
    }
    // A fatal alert in the clear, as anybody can write it.
    nat.forge(record(21, 0, 100, Buffer.from([2, 40])));
    nat.forge(record(23, 1, 101, Buffer.alloc(0)).subarray(0, 9));
    client.send(bindingRequest(2));
    await eventually('the next echo', () => client.received.length === 40);
    expect(io.dtlsSessions).toEqual({ current: 1, handshakes: 0 });
  });

  test('ends when the core says so, within the message even', async () => {
    const { port, io, core } = await serveDtls();
    core.onClient = flow => io.closeFlow(flow);
    const client = new DtlsClient(port);
    client.send(bindingRequest(1));
    await eventually('the end', () => client.hasEnded && core.closed.length === 1);
    io.sendToClient(core.client[0]!.flow, bindingRequest(2), 0, 20);
    expect(io.dtlsCounts.of('no session')).toBe(1);
  });

  test('ends with its listener, and the port is free', async () => {
    const { port, io, core, config } = await serveDtls();
    const client = new DtlsClient(port);
    client.send(bindingRequest(1));
    await eventually('the echo', () => client.received.length === 20);
    io.apply([]);
    await eventually('the end', () => client.hasEnded && core.closed.length === 1);
    const again = await serveDtls();
    again.io.apply([config]);
    await eventually('the port', () => again.io.isListening(config.name));
  });
});

describe('a DTLS certificate', () => {
  test('that is new is for new sessions; the old ones go on', async () => {
    const { core, config, io, problems, port } = await serveDtls();
    const before = new DtlsClient(port);
    before.send(bindingRequest(1));
    await eventually('the echo', () => before.received.length === 20);
    expect(await new DtlsClient(port, []).text(/subject=.*\n/)).toContain('CN = first.example.org');

    for (const name of ['second.example.org', 'third.example.org']) {
      io.apply([{ ...config, certificate: certificateFor(name) }]);
      expect(await new DtlsClient(port, []).text(/subject=.*\n/)).toContain(`CN = ${name}`);
    }
    before.send(bindingRequest(2));
    await eventually('an echo in the old session', () => before.received.length === 40);
    expect(problems).toEqual([]);
    expect(core.closed).toEqual([]);
  });

  test.each([
    ['unreadable', { cert: 'no PEM', key: 'no PEM' }, /the certificate is not readable/],
    ['without its key', { cert: certificate.cert, key: 'no PEM' }, /the private key is not readable/],
    [
      'of another key',
      { cert: certificate.cert, key: certificateFor('other.example.org').key },
      /the private key does not belong to the certificate/,
    ],
    ['gone', undefined, /it has none now/],
  ])('that is %s is a problem told, and the old one stays', async (_, bad, reason) => {
    const { config, io, problems, port } = await serveDtls();
    io.apply([{ ...config, certificate: bad }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^listener stunner\/edge\/dtls keeps its previous certificate: /);
    expect(problems[0]).toMatch(reason);
    expect(problems[0]).not.toMatch(/BEGIN|no PEM/);
    expect(await new DtlsClient(port, []).text(/subject=.*\n/)).toContain('CN = first.example.org');
  });
});

test('a library without the calls is refused, and the error says which', () => {
  const load = () => OpenSsl.load(ALPN, process.platform === 'linux' ? 'libc.so.6' : '/usr/lib/libSystem.dylib');
  expect(load).toThrow(/^OpenSSL lacks calls \(got libc\.so\.6 without DTLS_server_method, .*BIO_s_dgram_mem.*\): /);
  expect(load).not.toThrow(/memcpy/);
});
