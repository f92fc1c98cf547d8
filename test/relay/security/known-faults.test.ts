import { Endpoint } from '../../../relay/src/net/endpoint';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { StreamFramer } from '../../../relay/src/stun/stream-framer';
import { Client, Harness, readAnswer, REALM, settings, type SettingsOptions } from '../turn/harness';
import { StreamClient, TCP_ROUTE, TcpHarness } from '../turn/tcp-harness';

/** Faults that TURN servers have had in the field. None of them is ours, and none is to become ours. */

const PEER = '10.1.0.1';
const PORT = 20_001;
const EVERYTHING: ClusterConfig = {
  name: 'acme/everything',
  namespace: 'acme',
  protocol: 'udp',
  peers: ['0.0.0.0/0', '::/0'].map(prefix => ({ prefix, minPort: 1, maxPort: 65_535 })),
};

function start(options: SettingsOptions = {}, at = {}): { harness: Harness; client: Client } {
  const harness = new Harness(options);
  const client = new Client(harness, at);
  return { harness, client };
}

function allocated(options: SettingsOptions = {}, at = {}): { harness: Harness; client: Client } {
  const { harness, client } = start(options, at);
  client.allocate(writer => writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24));
  return { harness, client };
}

const evenPort =
  (bits: number) =>
  (writer: MessageWriter): unknown =>
    writer.bytes(Attribute.EvenPort, Uint8Array.of(bits));

describe('peers that lead back to the relay', () => {
  test.each([
    ['CVE-2020-26262', ['0.0.0.0', '0.0.0.1', '::', '::1', '127.0.0.1', '127.255.255.254']],
    ['CVE-2026-27624', ['::ffff:127.0.0.1', '::ffff:0.0.0.0', '::ffff:169.254.169.254']],
    ['coturn 1945', ['::127.0.0.1', '2002:7f00:1::', '64:ff9b::127.0.0.1', '::ffff:0:127.0.0.1', '2002:a9fe:a9fe::1']],
    ['coturn 1947', ['fe80::1', '169.254.169.254', 'fd00:ec2::254']],
    ['CVE-2018-4058', ['127.0.0.1', '::1']],
    ['Slack, 2020', ['169.254.169.254', '127.0.0.1']],
  ])('%s: not even where every address is routed', (_, peers) => {
    const { harness, client } = allocated({ clusters: [EVERYTHING] });
    for (const peer of peers) {
      expect([peer, client.permit(peer).code, client.bind(0x4000, peer, 80).code]).toEqual([peer, 403, 403]);
      client.send(peer, 80, 'x');
    }
    expect(harness.toPeer).toHaveLength(0);
  });

  test('coturn, July 2026 (IPv6 ranges compared byte by byte): a range ends where it ends', () => {
    const peers = [{ prefix: '2001:4860:ff00::/40', minPort: 1, maxPort: 65_535 }];
    const { client } = allocated({ clusters: [{ ...EVERYTHING, peers }] });
    const codes = [
      '2001:4860:ff01::1',
      '2001:4860:fe00::1',
      '2001:4861:0::1',
      '2001:4860:ffff::1',
      '2001:4860:feff:ff::1',
    ].map(peer => client.permit(peer).code);
    expect(codes).toEqual([undefined, 403, 403, undefined, 403]);
  });

  test('pion 570 (the filter forgot Connect): Connect asks as the others do', () => {
    const everything: ClusterConfig = { ...EVERYTHING, protocol: 'tcp' };
    const harness = new TcpHarness({ clusters: [everything] });
    const client = new StreamClient(harness);
    client.allocateTcp();
    for (const peer of ['127.0.0.1', '169.254.169.254', '::ffff:127.0.0.1', '0.0.0.0'])
      expect([peer, client.connect(peer, 80)?.code]).toEqual([peer, 403]);
    expect(harness.connecting).toHaveLength(0);
  });

  test('libjuice 288 (permissions held on sending only): a stranger is not heard', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const before = harness.toClient.length;
    harness.fromPeer('10.1.0.9', PORT, 'x', harness.opened[0]);
    harness.fromPeer('8.8.8.8', 53, 'x', harness.opened[0]);
    expect(harness.toClient).toHaveLength(before);
  });

  test('coturn 352: a permission for TCP peers is none for UDP peers', () => {
    const harness = new TcpHarness({ clusters: [TCP_ROUTE] });
    const client = new StreamClient(harness);
    client.allocate();
    expect(client.permit('10.2.0.1').code).toBe(403);
  });
});

describe('lengths', () => {
  test('CVE-2026-40613 (odd alignment): a message is read wherever it lies', () => {
    const { harness, client } = start();
    const message = client.message(MessageClass.Request, Method.Binding, writer => writer.uint32(0xff01, 1));
    for (let shift = 0; shift < 8; shift++) {
      const bytes = Buffer.concat([Buffer.alloc(shift), message]);
      harness.server.handleClient(client.flow, bytes, shift, message.length, harness.now);
      const slot = new Uint8Array(200 + shift);
      harness.server.handleClient(client.flow, slot, shift, 20, harness.now);
    }
    expect(harness.toClient).toHaveLength(8);
  });

  test('CVE-2026-43994 (a token longer than its buffer): an ACCESS-TOKEN of any length is refused', () => {
    for (const length of [0, 1, 2, 255, 1024]) {
      const { client } = start();
      expect(client.allocate(writer => writer.bytes(Attribute.AccessToken, new Uint8Array(length))).code).toBe(420);
    }
  });

  test.each([0xffff, 0xfffe, 0xfffd, 0xfffc, 0xfff0, 5, 3])(
    'coturn, 2026 (16-bit wrap): an attribute that claims %d bytes',
    length => {
      const { harness, client } = allocated();
      const message = client.message(MessageClass.Indication, Method.Send, writer => writer.uint32(Attribute.Data, 1));
      message.writeUInt16BE(length, 22);
      client.raw(message);
      client.channelData(0x4000, 'x');
      expect(harness.toPeer).toHaveLength(0);
    },
  );

  test('coturn, 2026 (16-bit wrap): the longest messages that a stream can carry', () => {
    const framer = new StreamFramer();
    const longest = Buffer.alloc(4 + 0xffff + 1);
    longest.writeUInt16BE(0x4000, 0);
    longest.writeUInt16BE(0xffff, 2);
    const lengths: number[] = [];
    for (let i = 0; i < 2; i++) expect(framer.feed(longest, (_, __, length) => lengths.push(length))).toBe(true);
    expect(lengths).toEqual([0x10003, 0x10003]);
  });

  test('a datagram that is too long for an indication is dropped, and nothing else', () => {
    const { harness, client } = allocated();
    client.permit('fd00:1::1', PEER);
    const before = harness.toClient.length;
    // UDP over IPv6 carries as much as this.
    for (const length of [65_504, 65_505, 65_527, 65_535]) harness.fromPeer('fd00:1::1', PORT, Buffer.alloc(length));
    expect(harness.toClient).toHaveLength(before + 1);
    harness.fromPeer(PEER, PORT, Buffer.alloc(65_507), harness.opened[0]);
    expect(harness.toClient).toHaveLength(before + 2);
    expect(harness.server.counters.drops['too-long']).toBe(3);
  });

  test('Cisco Expressway (DATA longer than the message): memory behind the message never leaves', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const message = client.message(MessageClass.Indication, Method.Send, writer =>
      writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)).bytes(Attribute.Data, Buffer.from('abcd')),
    );
    message.writeUInt16BE(400, message.length - 6);
    const memory = Buffer.concat([message, Buffer.alloc(1000, 'secret')]);
    harness.server.handleClient(client.flow, memory, 0, message.length, harness.now);
    expect(harness.toPeer).toHaveLength(0);
  });

  test('CVE-2020-4067 (padding not cleared): what another client sent is not in the padding', () => {
    const { harness, client } = allocated({}, { transport: 'tcp' });
    client.bind(0x4000, PEER, PORT);
    client.permit('fd00:1::1');
    for (const [peer, relay] of [
      [PEER, harness.opened[0]],
      ['fd00:1::1', harness.opened[1]],
    ] as const) {
      // The harness fills what lies around the datagram with 0xee.
      harness.fromPeer(peer, PORT, 'abcde', relay);
      const { bytes } = harness.toClient.at(-1)!;
      expect(bytes.subarray(-3)).toEqual(Buffer.alloc(3));
      expect(bytes.length % 4).toBe(0);
    }
  });
});

describe('who is who', () => {
  test('coturn, July 2026: attributes behind MESSAGE-INTEGRITY are not there', () => {
    const { harness, client } = start();
    client.allocate();
    const signed = client.signedRequest(Method.CreatePermission);
    const peer = client.message(MessageClass.Request, Method.CreatePermission, writer =>
      writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)),
    );
    const longer = Buffer.concat([signed, peer.subarray(20)]);
    longer.writeUInt16BE(longer.length - 20, 2);
    expect(client.raw(longer)?.code).toBe(400);
    client.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
  });

  test('CVE-2025-69217 (weak randomness): nonces, ports and tokens come from the system', () => {
    const nonces = new Set(
      Array.from({ length: 50 }, (_, i) => {
        const { client } = start({}, { port: 1000 + i });
        return client.raw(client.message(MessageClass.Request, Method.Allocate))!.text(Attribute.Nonce);
      }),
    );
    expect(nonces.size).toBe(50);
    const { harness, client } = start();
    const asked: number[] = [];
    const server = harness as unknown as { random: (length: number) => Uint8Array };
    const random = server.random.bind(harness);
    server.random = length => {
      asked.push(length);
      return random(length);
    };
    client.allocate(evenPort(0x80));
    expect(asked).toContain(8);
  });

  test('#1999 (state for forged senders): a flood of first packets leaves nothing behind', () => {
    const harness = new Harness();
    for (let i = 0; i < 5000; i++) {
      const client = new Client(harness, { address: `198.18.${i >> 8}.${i & 255}`, port: 1024 + i });
      client.raw(client.message(MessageClass.Request, Method.Allocate));
    }
    expect([harness.server.store.size, harness.server.store.timers, harness.opened.length]).toEqual([0, 0, 0]);
  });

  test('GHSA-4g7c and CVE-2018-4056 (user names that are formats or SQL): they are but names', () => {
    for (const name of [
      '%n%s%s%x',
      "' OR 1=1 --",
      'a\r\nSET x 1\r\n',
      '\u0000',
      '${jndi:ldap://x}',
      '__proto__',
      'constructor',
    ]) {
      const { harness, client } = start();
      client.as(name, 'x');
      expect(client.allocate().code).toBe(401);
      expect(harness.server.store.size).toBe(0);
    }
  });

  test('pion: no allocation is answered with 437, and another user with 441, never with silence', () => {
    const { client } = start();
    expect([client.refresh().code, client.permit(PEER).code, client.bind(0x4000, PEER, PORT).code]).toEqual([
      437, 437, 437,
    ]);
    client.allocate();
    client.as('bob', 'swordfish');
    expect(client.refresh().code).toBe(441);
  });

  test('pion: an unknown user and a wrong password are answered with 401, and alike', () => {
    const answers = [
      ['mallory', 'x'],
      ['alice', 'wrong'],
    ].map(([name, password]) => {
      const { harness, client } = start();
      client.as(name!, password!);
      expect(client.allocate().code).toBe(401);
      return harness.toClient.at(-1)!.bytes.length;
    });
    expect(answers[0]).toBe(answers[1]);
  });

  test('pion: a lifetime of more than an hour is an hour, not the default', () => {
    const { client } = start();
    const answer = client.allocate(writer => writer.uint32(Attribute.Lifetime, 7200));
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(3600);
  });

  test('pion and eturnal: two transports of one address and port are two 5-tuples', () => {
    const { harness, client } = start();
    client.allocate();
    const stream = new Client(harness, { transport: 'tcp', socket: 2 });
    expect(stream.allocate().code).toBeUndefined();
    expect(harness.server.store.size).toBe(2);
    harness.server.flowClosed(stream.flow);
    expect(client.refresh().code).toBeUndefined();
  });

  test('turn-rs: a refused peer is 403, no transport address 508, and channel 0x8000 is none', () => {
    const { harness, client } = allocated();
    expect(client.permit('10.9.9.9').code).toBe(403);
    expect(client.bind(0x8000, PEER, PORT).code).toBe(400);
    harness.relayOpening = 'fails';
    expect(new Client(harness, { port: 2 }).allocate().code).toBe(508);
  });

  test('turn-rs: a Binding response is no larger than it has to be', () => {
    const { harness, client } = start();
    client.raw(client.message(MessageClass.Request, Method.Binding));
    expect(harness.toClient[0]!.bytes).toHaveLength(32);
  });

  test('turn-proto: a number is bound to one peer, also where the peer is new', () => {
    const { client } = allocated();
    client.bind(0x4000, PEER, PORT);
    expect(client.bind(0x4000, '10.1.0.2', PORT).code).toBe(400);
  });

  test('turn-rs: an ephemeral credential whose time is over is none', () => {
    const secret = 'a secret that is long enough';
    const credential = { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: [secret] } as const;
    const { client } = start({ credentials: [credential] });
    expect(client.as('1:alice', 'x').allocate().code).toBe(401);
  });

  test('eturnal and others: an indication is no way around credentials', () => {
    const { harness, client } = start();
    const key = longTermKey('alice', REALM, 'open sesame');
    for (const method of [Method.Allocate, Method.Refresh, Method.CreatePermission, Method.ChannelBind])
      client.raw(client.message(MessageClass.Indication, method, undefined, key));
    expect([harness.toClient.length, harness.server.store.size]).toEqual([0, 0]);
  });
});

describe('what leaks until there is no more', () => {
  test('coturn, 31 July 2026: EVEN-PORT without R holds no second port', () => {
    const { harness, client } = start();
    for (let i = 0; i < 20; i++) {
      expect(client.allocate(evenPort(0)).code).toBeUndefined();
      client.refresh(0);
    }
    expect(harness.closed).toHaveLength(20);
    expect(harness.opened.every(({ next }) => next === undefined)).toBe(true);
    expect(harness.server.store.timers).toBe(0);
  });

  test('a reservation that nobody claims gives its port back, and its charge', () => {
    const { harness, client } = start({ limits: { allocationsPerStaticUser: 2 } });
    client.allocate(evenPort(0x80));
    client.refresh(0);
    harness.advance(35);
    expect(harness.closed).toHaveLength(2);
    expect(harness.server.store.timers).toBe(0);
    for (const port of [1, 2]) expect(new Client(harness, { port }).allocate().code).toBeUndefined();
    expect(new Client(harness, { port: 3 }).allocate().code).toBe(486);
  });

  test('coturn 1568 and 871: what is released is free at once, however often', () => {
    const { harness, client } = start({ limits: { allocations: 1 } });
    for (let i = 0; i < 200; i++) {
      expect(client.allocate().code).toBeUndefined();
      client.permit(PEER);
      client.bind(0x4000, PEER, PORT);
      client.refresh(0);
    }
    // Not even in the timers, where each would stay for as long as it might have lived.
    expect([harness.server.store.size, harness.server.store.timers]).toEqual([0, 0]);
  });

  test('coturn, July and August 2026 (mobility): moving costs no second charge, and hides none', () => {
    const { harness, client } = start({ mobility: true, limits: { allocationsPerStaticUser: 1 } });
    const mobile = (writer: MessageWriter): unknown => writer.empty(Attribute.MobilityTicket);
    const answer = client.allocate(mobile);
    const at = answer.reader.find(Attribute.MobilityTicket);
    const offset = answer.reader.valueOffset(at);
    const ticket = Uint8Array.from(answer.reader.bytes.subarray(offset, offset + answer.reader.valueLength(at)));
    for (let port = 1; port < 10; port++) {
      const moved = new Client(harness, { port });
      moved.request(Method.Refresh, writer => writer.bytes(Attribute.MobilityTicket, ticket));
      expect(new Client(harness, { port: 100 + port }).allocate().code).toBe(486);
    }
    harness.advance(700);
    expect([harness.server.store.size, harness.server.store.timers]).toEqual([0, 0]);
    expect(new Client(harness, { port: 500 }).allocate().code).toBeUndefined();
  });

  test('libjuice and others: permissions and channels are bounded', () => {
    const { client } = allocated({ clusters: [EVERYTHING], limits: { permissions: 4, channels: 2 } });
    const codes = [1, 2, 3, 4, 5].map(i => client.permit(`8.8.8.${i}`).code);
    expect(codes).toEqual([undefined, undefined, undefined, undefined, 508]);
    expect([1, 2, 3].map(i => client.bind(0x4000 + i, `8.8.8.${i}`, 80).code)).toEqual([undefined, undefined, 508]);
  });
});

test('a refused request tells a client nothing of other tenants', () => {
  const { harness, client } = allocated();
  harness.server.apply(settings({ clusters: [{ ...EVERYTHING, credential: 'rival/secret' }] }));
  client.permit('10.77.0.1');
  const { reader } = readAnswer(harness.toClient.at(-1)!.bytes);
  expect(Buffer.from(reader.bytes).toString('latin1')).not.toMatch(/rival|everything|10\.77/);
});
