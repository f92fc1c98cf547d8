import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { Client, Harness, readAnswer, ROUTE, settings } from './harness';

const PEER = '10.1.0.7';
const PORT = 20_001;

function allocated(options = {}, at = {}): { harness: Harness; client: Client } {
  const harness = new Harness(options);
  const client = new Client(harness, at);
  client.allocate();
  return { harness, client };
}

describe('CreatePermission (RFC 8656 10.2)', () => {
  test('opens a peer address for both directions', () => {
    const { harness, client } = allocated();
    expect(client.permit(PEER).messageClass).toBe(MessageClass.Success);
    client.send(PEER, PORT, 'ping');
    expect(harness.toPeer.map(({ peer, data }) => [peer, data.toString()])).toEqual([[`${PEER}:${PORT}`, 'ping']]);

    harness.fromPeer(PEER, PORT, 'pong!');
    const indication = readAnswer(harness.toClient.at(-1)!.bytes);
    expect([indication.messageClass, indication.method]).toEqual([MessageClass.Indication, Method.Data]);
    expect(indication.address(Attribute.XorPeerAddress)).toBe(`${PEER}:${PORT}`);
    expect(indication.text(Attribute.Data)).toBe('pong!');
  });

  test('all peers of a request or none', () => {
    const { harness, client } = allocated();
    expect(client.permit(PEER, '10.2.0.1').code).toBe(403);
    client.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
    expect(client.permit(PEER, '10.1.0.8').code).toBeUndefined();
  });

  test.each([
    ['a peer in no route', '10.2.0.1', 403, 'no-route'],
    ['loopback', '127.0.0.1', 403, 'never-allowed-range'],
    ['cloud metadata', '169.254.169.254', 403, 'never-allowed-range'],
  ])('%s is denied with its reason', (_, peer, code, reason) => {
    const { harness, client } = allocated();
    expect(client.permit(peer).code).toBe(code);
    expect(harness.denials).toMatchObject([{ use: 'CreatePermission', denial: { reason } }]);
  });

  test('a peer of another address family: 443', () => {
    expect(allocated().client.permit('fd00:1::7').code).toBe(443);
  });

  test('no peer at all: 400', () => {
    const { client } = allocated();
    expect(client.permit().code).toBe(400);
    expect(client.request(Method.CreatePermission, writer => writer.empty(Attribute.XorPeerAddress)).code).toBe(400);
  });

  test('a full table: 508, and the permissions it has can be refreshed', () => {
    const { client } = allocated({ limits: { permissions: 2 } });
    expect(client.permit('10.1.0.1', '10.1.0.2').code).toBeUndefined();
    expect(client.permit('10.1.0.3').code).toBe(508);
    expect(client.permit('10.1.0.1').code).toBeUndefined();
  });

  test('ends after five minutes, unless refreshed; data do not refresh it (RFC 8656 9)', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    harness.advance(200);
    client.send(PEER, PORT, '1');
    client.permit(PEER);
    harness.advance(299);
    client.send(PEER, PORT, '2');
    harness.advance(2);
    client.send(PEER, PORT, '3');
    harness.fromPeer(PEER, PORT, '4');
    expect(harness.toPeer.map(({ data }) => data.toString())).toEqual(['1', '2']);
    expect(harness.server.counters.drops['no-permission']).toBe(2);
  });
});

describe('per-packet checks', () => {
  test('a port that no route opens is dropped in both directions', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const before = harness.toClient.length;
    client.send(PEER, 53, 'x');
    harness.fromPeer(PEER, 53, 'x');
    expect(harness.toPeer).toHaveLength(0);
    expect(harness.toClient).toHaveLength(before);
    expect(harness.server.counters.drops['port-not-routed']).toBe(2);
  });

  test('a peer without permission is not heard', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const before = harness.toClient.length;
    harness.fromPeer('10.1.0.8', PORT, 'x');
    expect(harness.toClient).toHaveLength(before);
  });

  test.each([
    [
      'no peer',
      (c: Client) => c.message(MessageClass.Indication, Method.Send, w => w.bytes(Attribute.Data, Buffer.from('x'))),
    ],
    [
      'no data',
      (c: Client) =>
        c.message(MessageClass.Indication, Method.Send, w =>
          w.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)),
        ),
    ],
  ])('a Send indication with %s is dropped', (_, message) => {
    const { harness, client } = allocated();
    client.permit(PEER);
    client.raw(message(client));
    expect(harness.toPeer).toHaveLength(0);
    expect(harness.server.counters.drops.malformed).toBe(1);
  });

  test('an empty datagram is a datagram', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    client.send(PEER, PORT, '');
    expect(harness.toPeer).toMatchObject([{ data: Buffer.alloc(0) }]);
    harness.fromPeer(PEER, PORT, '');
    expect(readAnswer(harness.toClient.at(-1)!.bytes).reader.has(Attribute.Data)).toBe(true);
  });
});

describe('channels (RFC 8656 12)', () => {
  test('carry data both ways behind four bytes', () => {
    const { harness, client } = allocated();
    expect(client.bind(0x4001, PEER, PORT).messageClass).toBe(MessageClass.Success);
    client.channelData(0x4001, 'hello');
    client.channelData(0x4001, 'padded', 2);
    expect(harness.toPeer.map(({ data }) => data.toString())).toEqual(['hello', 'padded']);
    harness.fromPeer(PEER, PORT, 'world');
    expect(harness.toClient.at(-1)!.bytes).toEqual(Buffer.from('\x40\x01\x00\x05world', 'latin1'));
  });

  test('on a stream are padded to four bytes with zeroes', () => {
    const { harness, client } = allocated({}, { transport: 'tcp' });
    client.bind(0x4001, PEER, PORT);
    harness.fromPeer(PEER, PORT, 'world');
    expect(harness.toClient.at(-1)!.bytes).toEqual(Buffer.from('\x40\x01\x00\x05world\0\0\0', 'latin1'));
  });

  test('another port of the peer comes as a Data indication', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.fromPeer(PEER, PORT + 1, 'x');
    expect(readAnswer(harness.toClient.at(-1)!.bytes).method).toBe(Method.Data);
  });

  test.each([
    [0x3fff, 'rfc5766', 400],
    [0x4000, 'rfc8656', undefined],
    [0x4fff, 'rfc8656', undefined],
    [0x5000, 'rfc8656', 400],
    [0x5000, 'rfc5766', undefined],
    [0x7fff, 'rfc5766', undefined],
    [0x8000, 'rfc5766', 400],
  ] as const)('number %d under %s: %s', (number, channelRange, code) => {
    const { harness, client } = allocated({ channelRange });
    expect(client.bind(number, PEER, PORT).code).toBe(code);
    client.channelData(number, 'x');
    expect(harness.toPeer).toHaveLength(code === undefined ? 1 : 0);
  });

  test('one number, one peer: 400 for a second of either; the same pair refreshes', () => {
    const { client } = allocated();
    client.bind(0x4001, PEER, PORT);
    expect(client.bind(0x4001, PEER, PORT + 1).code).toBe(400);
    expect(client.bind(0x4002, PEER, PORT).code).toBe(400);
    expect(client.bind(0x4001, PEER, PORT).code).toBeUndefined();
    expect(client.bind(0x4002, PEER, PORT + 1).code).toBeUndefined();
  });

  test.each([
    ['a peer in no route', '10.2.0.1', PORT, 'no-route'],
    ['a port that no route opens', PEER, 22, 'port-not-routed'],
  ])('%s: 403', (_, peer, port, reason) => {
    const { harness, client } = allocated();
    expect(client.bind(0x4001, peer, port).code).toBe(403);
    expect(harness.denials).toMatchObject([{ use: 'ChannelBind', denial: { reason } }]);
  });

  test('an attribute missing or malformed: 400', () => {
    const { client } = allocated();
    expect(client.request(Method.ChannelBind).code).toBe(400);
    expect(client.request(Method.ChannelBind, w => w.uint32(Attribute.ChannelNumber, 0x40000000)).code).toBe(400);
    expect(
      client.request(Method.ChannelBind, w =>
        w.empty(Attribute.ChannelNumber).xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)),
      ).code,
    ).toBe(400);
  });

  test('data stop when the permission lapses, and pass again once it is refreshed, while the channel lives', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.advance(302);
    client.channelData(0x4001, '1');
    harness.fromPeer(PEER, PORT, '2');
    expect(harness.toPeer).toHaveLength(0);
    client.permit(PEER);
    client.channelData(0x4001, '3');
    expect(harness.toPeer).toHaveLength(1);
    harness.fromPeer(PEER, PORT, '4');
    expect(harness.toClient.at(-1)!.bytes.subarray(0, 2).toString('hex')).toBe('4001');
  });

  test('end after ten minutes and leave number and peer free', () => {
    const { harness, client } = allocated();
    client.allocate(writer => writer.uint32(Attribute.Lifetime, 3600));
    client.bind(0x4001, PEER, PORT);
    client.refresh(3600);
    harness.advance(602);
    client.channelData(0x4001, 'x');
    expect(harness.server.counters.drops['unbound-channel']).toBe(1);
    expect(client.bind(0x4002, PEER, PORT).code).toBeUndefined();
    expect(client.bind(0x4001, PEER, PORT + 1).code).toBeUndefined();
  });

  test.each([
    ['shorter than it says', Buffer.from('\x40\x01\x00\x09x', 'latin1')],
    ['of three bytes', Buffer.from('\x40\x01\x00', 'latin1')],
  ])('ChannelData %s is dropped', (_, bytes) => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    client.raw(bytes);
    expect(harness.toPeer).toHaveLength(0);
    expect(harness.server.counters.drops.malformed).toBe(1);
  });
});

describe('traffic is counted by listener and by route', () => {
  test('payload on the route, messages on the listener', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    const { listeners, routes } = harness.server.store;
    const { rxBytes, txBytes } = listeners.of(client.flow.listener);
    client.channelData(0x4001, 'hello');
    harness.fromPeer(PEER, PORT, 'hello you');
    const after = listeners.of(client.flow.listener);
    expect([after.rxBytes - rxBytes, after.txBytes - txBytes]).toEqual([9, 13]);
    expect(routes.of('acme/janus')).toMatchObject({ txPackets: 1, txBytes: 5, rxPackets: 1, rxBytes: 9 });
  });
});

describe('a new configuration', () => {
  const moved = { ...ROUTE, peers: [{ prefix: '10.9.0.0/24', minPort: 20_000, maxPort: 20_009 }] };
  const narrowed = { ...ROUTE, peers: [{ prefix: '10.1.0.0/24', minPort: 20_005, maxPort: 20_009 }] };

  test('ends the permissions and channels of a removed route at once, and keeps the allocation', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.server.apply(settings({ clusters: [moved] }));
    client.channelData(0x4001, 'x');
    client.send(PEER, PORT, 'x');
    const before = harness.toClient.length;
    harness.fromPeer(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
    expect(harness.toClient).toHaveLength(before);
    expect(harness.denials).toMatchObject([{ use: 'existing permission', denial: { reason: 'no-route' } }]);
    expect(client.refresh().code).toBeUndefined();
    expect(client.bind(0x4001, '10.9.0.1', PORT).code).toBeUndefined();
  });

  test('closes ports that a route no longer opens', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.server.apply(settings({ clusters: [narrowed] }));
    client.channelData(0x4001, 'x');
    expect(harness.toPeer).toHaveLength(0);
    client.send(PEER, 20_005, 'y');
    expect(harness.toPeer).toHaveLength(1);
  });

  test('counts what passes by a channel to the route that opens its peer now', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.server.apply(settings({ clusters: [{ ...ROUTE, name: 'acme/renamed' }] }));
    client.channelData(0x4001, 'hello');
    harness.fromPeer(PEER, PORT, 'hello you');
    const { routes } = harness.server.store;
    expect(routes.of('acme/renamed')).toMatchObject({ txPackets: 1, txBytes: 5, rxPackets: 1, rxBytes: 9 });
    expect(routes.of('acme/janus')).toMatchObject({ txPackets: 0, rxPackets: 0 });
  });

  test('does not touch a session whose routes stay', () => {
    const { harness, client } = allocated();
    client.bind(0x4001, PEER, PORT);
    harness.server.apply(settings());
    client.channelData(0x4001, 'x');
    expect(harness.toPeer).toHaveLength(1);
  });

  test('ends the sessions of a removed listener', () => {
    const { harness } = allocated();
    harness.server.apply(settings({ listeners: ['stunner/edge/other'] }));
    expect(harness.ends).toEqual(['listener removed']);
    expect(harness.closed).toEqual(harness.opened);
  });

  test('new credentials count from the next request on', () => {
    const { harness, client } = allocated();
    harness.server.apply(settings({ credentials: [] }));
    expect(client.refresh().code).toBe(401);
    expect(harness.server.store.size).toBe(1);
  });
});
