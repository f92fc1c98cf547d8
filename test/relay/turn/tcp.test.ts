import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { Client, readAnswer, ROUTE, settings } from './harness';
import { StreamClient, TCP_ROUTE, TcpHarness } from './tcp-harness';

const [PEER, PORT] = ['10.2.0.7', 8000] as const;

function allocated(options?: ConstructorParameters<typeof TcpHarness>[0]) {
  const harness = new TcpHarness(options);
  const client = new StreamClient(harness);
  client.allocateTcp();
  return { harness, client };
}

/** An allocation with a peer data connection that waits for its client. */
function connected() {
  const { harness, client } = allocated();
  client.connect(PEER, PORT);
  const connection = harness.connecting[0]!;
  harness.server.tcp.connected(connection, harness.now);
  return { harness, client, connection };
}

describe('Allocate for TCP (RFC 6062 5.1)', () => {
  test('gives a relayed transport address that listens for TCP', () => {
    const harness = new TcpHarness();
    const answer = new StreamClient(harness).allocateTcp();
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50000');
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(600);
    expect(harness.opened[0]!.transport).toBe('tcp');
  });

  test('is refused with 442 where no route is for TCP peers: that is how relaying of TCP is off', () => {
    const harness = new TcpHarness({ clusters: [ROUTE] });
    expect(new StreamClient(harness).allocateTcp().code).toBe(442);
    expect(harness.opened).toHaveLength(0);
  });

  test('is refused with 442 where I/O has no TCP for peers', () => {
    const harness = new TcpHarness();
    Object.assign(harness, { tcp: undefined });
    expect(new StreamClient(harness).allocateTcp().code).toBe(442);
  });

  test('is refused with 400 to a client that comes by UDP', () => {
    const client = new Client(new TcpHarness());
    const answer = client.request(Method.Allocate, writer => writer.uint32(Attribute.RequestedTransport, 6 << 24));
    expect(answer.code).toBe(400);
  });

  test.each([
    ['EVEN-PORT', Attribute.EvenPort, 1],
    ['RESERVATION-TOKEN', Attribute.ReservationToken, 8],
    ['DONT-FRAGMENT', Attribute.DontFragment, 0],
  ])('is refused with 400 if it has %s', (_, type, length) => {
    const client = new StreamClient(new TcpHarness());
    expect(client.allocateTcp(writer => writer.bytes(type, new Uint8Array(length))).code).toBe(400);
  });

  test('ChannelBind is forbidden there, and a Send indication is dropped', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    expect(client.bind(0x4000, PEER, PORT).code).toBe(403);
    client.send(PEER, PORT, 'hello');
    expect(harness.toPeer).toHaveLength(0);
    expect(harness.server.counters.drops['tcp-allocation']).toBe(1);
  });

  test('permissions there are for TCP peers alone', () => {
    const { harness, client } = allocated();
    expect(client.permit(PEER).messageClass).toBe(MessageClass.Success);
    expect(client.permit('10.1.0.7').code).toBe(403);
    expect(harness.denials.at(-1)!.denial.reason).toBe('other-transport');
  });
});

describe('Connect (RFC 6062 5.2)', () => {
  test('waits for the peer, and then tells the CONNECTION-ID', () => {
    const { harness, client } = allocated();
    expect(client.connect(PEER, PORT)).toBeUndefined();
    const connection = harness.connecting[0]!;
    expect(connection.peer.toString()).toBe(`${PEER}:${PORT}`);
    harness.server.tcp.connected(connection, harness.now);
    const answer = readAnswer(harness.toClient.at(-1)!.bytes);
    expect([answer.method, answer.messageClass]).toEqual([Method.Connect, MessageClass.Success]);
    expect(answer.reader.uint32(Attribute.ConnectionId)).toBe(connection.id);
    expect(answer.reader.has(Attribute.MessageIntegrity)).toBe(true);
  });

  test('is refused with 437 without an allocation', () => {
    expect(new StreamClient(new TcpHarness()).connect(PEER, PORT)?.code).toBe(437);
  });

  test('is refused with 403 on an allocation for UDP', () => {
    const client = new StreamClient(new TcpHarness());
    client.allocate();
    expect(client.connect(PEER, PORT)?.code).toBe(403);
  });

  test('is refused with 400 without a peer, and with one at port 0', () => {
    const { client } = allocated();
    expect(client.request(Method.Connect).code).toBe(400);
    expect(client.connect(PEER, 0)?.code).toBe(400);
  });

  test.each([
    ['an address in no route', '10.9.0.1', PORT, 'no-route'],
    ["a UDP route's address", '10.1.0.1', 20_000, 'other-transport'],
    ['a port that the route does not open', PEER, 22, 'port-not-routed'],
    ['loopback', '127.0.0.1', PORT, 'never-allowed-range'],
    ['the metadata service', '169.254.169.254', 80, 'never-allowed-range'],
  ])('is refused with 403 for %s', (_, address, port, reason) => {
    const { harness, client } = allocated();
    expect(client.connect(address, port)?.code).toBe(403);
    expect(harness.denials).toMatchObject([{ use: 'Connect', denial: { reason } }]);
    expect(harness.connecting).toHaveLength(0);
  });

  test("is refused with 443 for a peer of the other address family's", () => {
    const { client } = allocated();
    expect(client.connect('fd00:2::1', PORT)?.code).toBe(443);
  });

  test('is refused with 446 while the same peer is being connected, and while it is', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    expect(client.connect(PEER, PORT)?.code).toBe(446);
    harness.server.tcp.connected(harness.connecting[0]!, harness.now);
    expect(client.connect(PEER, PORT)?.code).toBe(446);
    new StreamClient(harness, 2).connectionBind(harness.connecting[0]!.id);
    expect(client.connect(PEER, PORT)?.code).toBe(446);
    expect(client.connect(PEER, PORT + 1)).toBeUndefined();
  });

  test('may be tried again once the connection is over', () => {
    const { harness, client, connection } = connected();
    harness.server.tcp.ended(connection);
    expect(client.connect(PEER, PORT)).toBeUndefined();
  });

  test('is answered with 447 if the peer cannot be reached', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    harness.server.tcp.failed(harness.connecting[0]!);
    expect(readAnswer(harness.toClient.at(-1)!.bytes).code).toBe(447);
    expect(harness.server.tcp.size).toBe(0);
  });

  test('is answered with 447 if the peer is silent for 30 seconds, and no sooner', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    const answers = harness.toClient.length;
    harness.advance(29);
    expect(harness.toClient).toHaveLength(answers);
    harness.advance(2);
    expect(readAnswer(harness.toClient.at(-1)!.bytes).code).toBe(447);
    expect(harness.closedConnections).toEqual(harness.connecting);
  });

  test('a late answer of I/O changes nothing', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    harness.advance(31);
    const answers = harness.toClient.length;
    harness.server.tcp.connected(harness.connecting[0]!, harness.now);
    harness.server.tcp.failed(harness.connecting[0]!);
    expect(harness.toClient).toHaveLength(answers);
    expect(harness.server.tcp.size).toBe(0);
  });

  test('beyond the limit of connections is refused with 508', () => {
    const { client } = allocated({ limits: { connections: 2 } });
    client.connect(PEER, 8000);
    client.connect(PEER, 8001);
    expect(client.connect(PEER, 8002)?.code).toBe(508);
  });
});

describe('ConnectionBind (RFC 6062 5.4)', () => {
  test('joins the connection it comes on, after its answer', () => {
    const { harness, connection } = connected();
    const data = new StreamClient(harness, 2);
    const answer = data.connectionBind(connection.id);
    expect([answer.method, answer.messageClass]).toEqual([Method.ConnectionBind, MessageClass.Success]);
    expect(answer.reader.has(Attribute.MessageIntegrity)).toBe(true);
    expect(harness.joined).toEqual([{ connection, flow: data.flow }]);
  });

  test('lives on beyond the 30 seconds it had to come', () => {
    const { harness, connection } = connected();
    new StreamClient(harness, 2).connectionBind(connection.id);
    harness.advance(120);
    expect(harness.closedConnections).toHaveLength(0);
    expect(connection.state).toBe('bound');
  });

  test('is refused with 400 for an unknown CONNECTION-ID, without one, and for one of another length', () => {
    const { harness, connection } = connected();
    const data = new StreamClient(harness, 2);
    expect(data.connectionBind(connection.id ^ 1).code).toBe(400);
    expect(data.request(Method.ConnectionBind).code).toBe(400);
    expect(data.request(Method.ConnectionBind, w => w.bytes(Attribute.ConnectionId, new Uint8Array(5))).code).toBe(400);
  });

  test('is refused with 400 for a CONNECTION-ID that is bound already', () => {
    const { harness, connection } = connected();
    new StreamClient(harness, 2).connectionBind(connection.id);
    expect(new StreamClient(harness, 3).connectionBind(connection.id).code).toBe(400);
    expect(harness.joined).toHaveLength(1);
  });

  test('is refused with 400 while the peer has not answered yet', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    expect(new StreamClient(harness, 2).connectionBind(harness.connecting[0]!.id).code).toBe(400);
  });

  test('is refused with 400 on the control connection, and by UDP', () => {
    const { harness, client, connection } = connected();
    expect(client.connectionBind(connection.id).code).toBe(400);
    const udp = new Client(harness, { socket: 9 });
    expect(udp.request(Method.ConnectionBind, w => w.uint32(Attribute.ConnectionId, connection.id)).code).toBe(400);
    expect(connection.state).toBe('waiting');
  });

  test("is refused with 441 to another user, and the CONNECTION-ID is still its owner's", () => {
    const { harness, connection } = connected();
    const other = new StreamClient(harness, 2, { username: 'bob', password: 'swordfish' });
    expect(other.connectionBind(connection.id).code).toBe(441);
    expect(new StreamClient(harness, 3).connectionBind(connection.id).messageClass).toBe(MessageClass.Success);
  });

  test("may carry the control connection's nonce, as clients in the field do", () => {
    const { harness, client, connection } = connected();
    const data = new StreamClient(harness, 2);
    const request = client.signedRequest(Method.ConnectionBind, w => w.uint32(Attribute.ConnectionId, connection.id));
    expect(data.raw(request)?.messageClass).toBe(MessageClass.Success);
    expect(harness.joined[0]!.flow).toBe(data.flow);
  });

  test('needs credentials', () => {
    const { harness, connection } = connected();
    const stranger = new StreamClient(harness, 2, { username: 'alice', password: 'guess' });
    expect(stranger.connectionBind(connection.id).code).toBe(401);
    expect(connection.state).toBe('waiting');
  });

  test('that does not come within 30 seconds ends the connection', () => {
    const { harness, connection } = connected();
    harness.advance(29);
    expect(harness.closedConnections).toHaveLength(0);
    harness.advance(2);
    expect(harness.closedConnections).toEqual([connection]);
    expect(new StreamClient(harness, 2).connectionBind(connection.id).code).toBe(400);
  });
});

describe('a peer that connects by itself (RFC 6062 5.3)', () => {
  test('with a permission is told to the client by a ConnectionAttempt indication', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const connection = harness.peerConnects(PEER, PORT)!;
    const { flow, bytes } = harness.toClient.at(-1)!;
    const attempt = readAnswer(bytes);
    expect(flow.socket).toBe(client.flow.socket);
    expect([attempt.method, attempt.messageClass]).toEqual([Method.ConnectionAttempt, MessageClass.Indication]);
    expect(attempt.address(Attribute.XorPeerAddress)).toBe(`${PEER}:${PORT}`);
    expect(attempt.reader.uint32(Attribute.ConnectionId)).toBe(connection.id);
    expect(attempt.reader.has(Attribute.MessageIntegrity)).toBe(false);
    expect(new StreamClient(harness, 2).connectionBind(connection.id).messageClass).toBe(MessageClass.Success);
  });

  test.each([
    ['without a permission', '10.2.0.8', PORT, 'no-permission'],
    ['from a port that the route does not open', PEER, 22, 'port-not-routed'],
  ] as const)('%s is closed, and the client hears nothing', (_, address, port, reason) => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const answers = harness.toClient.length;
    expect(harness.peerConnects(address, port)).toBeUndefined();
    expect(harness.toClient).toHaveLength(answers);
    expect(harness.server.counters.drops[reason]).toBe(1);
  });

  test('is closed once the permission is over', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    harness.advance(301);
    expect(harness.peerConnects(PEER, PORT)).toBeUndefined();
  });

  test('is closed beyond the limit of connections', () => {
    const { harness, client } = allocated({ limits: { connections: 1 } });
    client.permit(PEER);
    harness.peerConnects(PEER, 8000);
    expect(harness.peerConnects(PEER, 8001)).toBeUndefined();
    expect(harness.server.counters.drops['too-many-connections']).toBe(1);
  });

  test('and is not bound within 30 seconds is closed', () => {
    const { harness, client } = allocated();
    client.permit(PEER);
    const connection = harness.peerConnects(PEER, PORT);
    harness.advance(31);
    expect(harness.closedConnections).toEqual([connection]);
  });
});

describe('data connections end (RFC 6062 5.5)', () => {
  test.each<[string, (at: ReturnType<typeof connected>) => unknown]>([
    ['with the control connection', ({ harness, client }) => harness.server.flowClosed(client.flow)],
    ['with a Refresh of lifetime 0', ({ client }) => client.refresh(0)],
    ['with the lifetime of the allocation', ({ harness }) => harness.advance(601)],
    ['with their listener', ({ harness }) => harness.server.apply(settings({ listeners: ['other'] }))],
    ['with their route', ({ harness }) => harness.server.apply(settings({ clusters: [ROUTE] }))],
  ])('%s', (_, end) => {
    const at = connected();
    new StreamClient(at.harness, 2).connectionBind(at.connection.id);
    end(at);
    expect(at.harness.closedConnections).toEqual([at.connection]);
    expect(at.harness.server.tcp.size).toBe(0);
  });

  test('a configuration that still opens the peer leaves them alone', () => {
    const { harness, connection } = connected();
    new StreamClient(harness, 2).connectionBind(connection.id);
    harness.server.apply(settings({ clusters: [TCP_ROUTE] }));
    expect(harness.closedConnections).toHaveLength(0);
  });

  test('an ended allocation answers no Connect that is under way', () => {
    const { harness, client } = allocated();
    client.connect(PEER, PORT);
    client.refresh(0);
    const answers = harness.toClient.length;
    harness.server.tcp.connected(harness.connecting[0]!, harness.now);
    expect(harness.closedConnections).toEqual(harness.connecting);
    expect(harness.toClient).toHaveLength(answers);
  });

  test('the end of a data connection leaves the allocation alone', () => {
    const { harness, client, connection } = connected();
    const data = new StreamClient(harness, 2);
    data.connectionBind(connection.id);
    harness.server.tcp.ended(connection);
    harness.server.flowClosed(data.flow);
    expect(client.refresh(600).messageClass).toBe(MessageClass.Success);
    expect(harness.closedConnections).toHaveLength(0);
  });
});

test('bytes count for the listener and for the route', () => {
  const { harness, connection } = connected();
  expect(connection.carryToPeer(100, harness.now)).toBe(0);
  expect(connection.carryToClient(40, harness.now)).toBe(0);
  expect(harness.server.store.routes.of(TCP_ROUTE.name)).toMatchObject({ txBytes: 100, rxBytes: 40 });
  expect(connection.peer.equals(Endpoint.of(PEER, PORT))).toBe(true);
});
