import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import type { DataConnection } from '../../../relay/src/turn/tcp/data-connection';
import { Client, readAnswer } from '../turn/harness';
import { StreamClient, TcpHarness } from '../turn/tcp-harness';
import { rule } from './rule';

const PEER = '10.2.0.1';
const PORT = 8000;

function start(): { harness: TcpHarness; client: StreamClient } {
  const harness = new TcpHarness();
  const client = new StreamClient(harness);
  client.allocateTcp();
  return { harness, client };
}

/** A peer that the client has connected to, and the id it was told. */
function connected(): { harness: TcpHarness; client: StreamClient; connection: DataConnection; id: number } {
  const { harness, client } = start();
  client.connect(PEER, PORT);
  const [connection] = harness.connecting;
  harness.server.tcp.connected(connection!, harness.now);
  const { reader } = readAnswer(harness.toClient.at(-1)!.bytes);
  return { harness, client, connection: connection!, id: reader.uint32(Attribute.ConnectionId)! };
}

const last = (harness: TcpHarness) => readAnswer(harness.toClient.at(-1)!.bytes);

describe('Allocate', () => {
  rule('RFC 6062 5.1', 'REQUESTED-TRANSPORT TCP by UDP: 400', () => {
    const client = new Client(new TcpHarness());
    expect(client.request(Method.Allocate, writer => writer.uint32(Attribute.RequestedTransport, 6 << 24)).code).toBe(
      400,
    );
  });
  rule('RFC 6062 5.1', 'REQUESTED-TRANSPORT TCP with DONT-FRAGMENT, EVEN-PORT or RESERVATION-TOKEN: 400', () => {
    const { DontFragment, EvenPort, ReservationToken } = Attribute;
    for (const [type, length] of [
      [DontFragment, 0],
      [EvenPort, 1],
      [ReservationToken, 8],
    ] as const) {
      const client = new StreamClient(new TcpHarness());
      expect(client.allocateTcp(writer => writer.bytes(type, new Uint8Array(length))).code).toBe(400);
    }
  });
  rule('RFC 6062 5.1', 'REQUESTED-TRANSPORT TCP on a stream: a relayed transport address for TCP', () => {
    expect(start().harness.opened[0]!.transport).toBe('tcp');
  });
  rule('RFC 6062 5.1', 'ChannelBind and Send are of no use there', () => {
    const { harness, client } = start();
    client.permit(PEER);
    expect(client.bind(0x4000, PEER, PORT).code).toBe(403);
    client.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
  });
});

describe('Connect', () => {
  rule('RFC 6062 5.2', 'on an allocation for UDP: 403', () => {
    const client = new StreamClient(new TcpHarness());
    client.allocate();
    expect(client.connect(PEER, PORT)?.code).toBe(403);
  });
  rule('RFC 6062 5.2', 'without an allocation: 437', () => {
    expect(new StreamClient(new TcpHarness()).connect(PEER, PORT)?.code).toBe(437);
  });
  rule('RFC 6062 5.2', 'without a peer: 400', () => {
    expect(start().client.request(Method.Connect).code).toBe(400);
  });
  rule('RFC 6062 5.2', 'to a peer that is being connected or connected: 446', () => {
    const { client } = start();
    client.connect(PEER, PORT);
    expect(client.connect(PEER, PORT)?.code).toBe(446);
    expect(connected().client.connect(PEER, PORT)?.code).toBe(446);
  });
  rule('RFC 6062 5.2', 'to a peer that the administrator forbids: 403', () => {
    const { harness, client } = start();
    for (const [peer, port] of [
      ['10.9.9.9', PORT],
      ['127.0.0.1', PORT],
      [PEER, 22],
    ] as const)
      expect(client.connect(peer, port)?.code).toBe(403);
    expect(harness.connecting).toHaveLength(0);
  });
  rule('RFC 6062 5.2', 'is not answered before the peer has', () => {
    expect(start().client.connect(PEER, PORT)).toBeUndefined();
  });
  rule('RFC 6062 5.2', 'to a peer that does not answer within 30 seconds: 447', () => {
    const { harness, client } = start();
    client.connect(PEER, PORT);
    harness.advance(32);
    expect(last(harness).code).toBe(447);
  });
  rule('RFC 6062 5.2', 'to a peer that answers: success with a CONNECTION-ID', () => {
    const { harness, id } = connected();
    expect([last(harness).messageClass, typeof id]).toEqual([MessageClass.Success, 'number']);
  });
  rule('RFC 6062 5.2', 'a connection that is not bound within 30 seconds is closed', () => {
    const { harness, connection } = connected();
    harness.advance(32);
    expect(harness.closedConnections).toEqual([connection]);
  });
});

describe('peers that connect', () => {
  rule('RFC 6062 5.3', 'without permission are refused', () => {
    const { harness } = start();
    const before = harness.toClient.length;
    expect(harness.peerConnects(PEER, PORT)).toBeUndefined();
    expect(harness.toClient).toHaveLength(before);
  });
  rule('RFC 6062 5.3', 'with permission are told by ConnectionAttempt, with a CONNECTION-ID and their address', () => {
    const { harness, client } = start();
    client.permit(PEER);
    harness.peerConnects(PEER, PORT);
    const answer = last(harness);
    expect([answer.messageClass, answer.method]).toEqual([MessageClass.Indication, Method.ConnectionAttempt]);
    expect([answer.address(Attribute.XorPeerAddress), answer.reader.has(Attribute.ConnectionId)]).toEqual([
      `${PEER}:${PORT}`,
      true,
    ]);
  });
  rule('RFC 6062 5.3', 'and are not bound within 30 seconds are closed', () => {
    const { harness, client } = start();
    client.permit(PEER);
    const connection = harness.peerConnects(PEER, PORT);
    harness.advance(32);
    expect(harness.closedConnections).toEqual([connection]);
  });
});

describe('ConnectionBind', () => {
  rule('RFC 6062 5.4', 'by UDP: 400', () => {
    const { harness, id } = connected();
    const client = new Client(harness, { port: 40_100 });
    expect(client.request(Method.ConnectionBind, writer => writer.uint32(Attribute.ConnectionId, id)).code).toBe(400);
  });
  rule('RFC 6062 5.4', 'with an unknown CONNECTION-ID, or without one: 400', () => {
    const { harness, id } = connected();
    expect(new StreamClient(harness, 2).connectionBind(id ^ 1).code).toBe(400);
    expect(new StreamClient(harness, 3).request(Method.ConnectionBind).code).toBe(400);
  });
  rule('RFC 6062 5.4', 'is authenticated, and for who has made the allocation', () => {
    const { harness, id } = connected();
    const stranger = new StreamClient(harness, 2, { username: 'bob', password: 'swordfish' });
    expect(stranger.connectionBind(id).code).toBe(441);
    expect(harness.joined).toHaveLength(0);
  });
  rule('RFC 6062 5.4', 'success: from then on the connection carries the bytes of the peer', () => {
    const { harness, id, connection } = connected();
    const data = new StreamClient(harness, 2);
    expect(data.connectionBind(id).messageClass).toBe(MessageClass.Success);
    expect(harness.joined).toEqual([{ connection, flow: data.flow }]);
  });
  rule('RFC 6062 5.4', 'a CONNECTION-ID is bound once', () => {
    const { harness, id } = connected();
    new StreamClient(harness, 2).connectionBind(id);
    expect(new StreamClient(harness, 3).connectionBind(id).code).toBe(400);
  });
});

describe('the end', () => {
  rule('RFC 6062 5.5', 'the allocation ends, and with it all its data connections', () => {
    const { harness, client, connection, id } = connected();
    new StreamClient(harness, 2).connectionBind(id);
    client.refresh(0);
    expect(harness.closedConnections).toEqual([connection]);
  });
  rule('RFC 6062 5.5', 'the control connection closes, and with it all data connections', () => {
    const { harness, client, connection, id } = connected();
    new StreamClient(harness, 2).connectionBind(id);
    harness.server.flowClosed(client.flow);
    expect(harness.closedConnections).toEqual([connection]);
  });
  rule('RFC 6062 5.5', 'a data connection ends alone, and the peer can be connected to again', () => {
    const { harness, client, connection, id } = connected();
    new StreamClient(harness, 2).connectionBind(id);
    harness.server.tcp.ended(connection);
    expect(client.refresh().code).toBeUndefined();
    expect(client.connect(PEER, PORT)).toBeUndefined();
  });
});
