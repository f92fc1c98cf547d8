import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { Client, Harness, readAnswer, type SettingsOptions } from '../turn/harness';
import { notYet, rule } from './rule';

const PEER = '10.1.0.1';
const PORT = 20_001;

/** A client that has an allocation. */
function start(options: SettingsOptions = {}, at = {}): { harness: Harness; client: Client } {
  const harness = new Harness(options);
  const client = new Client(harness, at);
  client.allocate();
  return { harness, client };
}

const sent = ({ toPeer }: Harness): string[] => toPeer.map(({ peer, data }) => `${peer} ${data.toString()}`);

function send(client: Client, write: (writer: MessageWriter) => unknown): void {
  client.raw(client.message(MessageClass.Indication, Method.Send, write));
}
const peerAndData = (writer: MessageWriter): MessageWriter =>
  writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)).bytes(Attribute.Data, Buffer.from('x'));

/** What the client got since, and nothing before. */
function received(harness: Harness, happen: () => void): Buffer[] {
  const before = harness.toClient.length;
  happen();
  return harness.toClient.slice(before).map(({ bytes }) => bytes);
}

describe('permissions', () => {
  rule('RFC 8656 9', 'a permission is for an address, whatever the port', () => {
    const { harness, client } = start();
    client.permit(PEER);
    client.send(PEER, 20_003, 'three');
    client.send(PEER, 20_004, 'four');
    expect(sent(harness)).toEqual([`${PEER}:20003 three`, `${PEER}:20004 four`]);
  });
  rule('RFC 8656 9', 'a permission lives for 300 seconds, and no longer', () => {
    const { harness, client } = start();
    client.permit(PEER);
    harness.advance(299);
    client.send(PEER, PORT, 'in time');
    harness.advance(1);
    client.send(PEER, PORT, 'late');
    expect(sent(harness)).toEqual([`${PEER}:${PORT} in time`]);
  });
  rule('RFC 8656 9', 'data do not refresh a permission', () => {
    const { harness, client } = start();
    client.permit(PEER);
    for (let i = 0; i < 5; i++) {
      harness.advance(70);
      client.send(PEER, PORT, 'x');
      harness.fromPeer(PEER, PORT, 'x');
    }
    expect(harness.toPeer).toHaveLength(4);
  });
  rule('RFC 8656 9', 'the permission of one allocation is of no use to another', () => {
    const { harness, client } = start();
    client.permit(PEER);
    const other = new Client(harness, { port: 40_001 });
    other.allocate();
    other.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
  });
  rule('RFC 8656 10.2', 'CreatePermission without a peer, or with a malformed one: 400', () => {
    const { client } = start();
    expect(client.request(Method.CreatePermission).code).toBe(400);
    const malformed = (writer: MessageWriter): unknown => writer.bytes(Attribute.XorPeerAddress, new Uint8Array(7));
    expect(client.request(Method.CreatePermission, malformed).code).toBe(400);
  });
  rule('RFC 8656 10.2', 'a peer of an address family that the allocation has not: 443', () => {
    expect(start().client.permit('fd00:1::1').code).toBe(443);
  });
  rule('RFC 8656 10.2', 'a peer that the administrator forbids: 403', () => {
    expect(start().client.permit('10.9.9.9').code).toBe(403);
  });
  rule('RFC 8656 10.2', 'all peers of a request get a permission, or none', () => {
    const { harness, client } = start();
    expect(client.permit(PEER, '10.9.9.9').code).toBe(403);
    client.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
    expect(client.permit(PEER, '10.1.0.2').code).toBeUndefined();
  });
  rule('RFC 8656 10.2', 'no capacity for more permissions: 508', () => {
    const { client } = start({ limits: { permissions: 1 } });
    client.permit(PEER);
    expect(client.permit('10.1.0.2').code).toBe(508);
    expect(client.permit(PEER).code).toBeUndefined();
  });
});

describe('Send and Data indications', () => {
  rule('RFC 8656 11.2', 'a Send indication without an allocation is discarded', () => {
    const harness = new Harness();
    new Client(harness).send(PEER, PORT, 'x');
    expect([harness.toPeer.length, harness.toClient.length]).toEqual([0, 0]);
  });
  rule('RFC 8656 11.2', 'a Send indication without peer or data is discarded', () => {
    const { harness, client } = start();
    client.permit(PEER);
    send(client, writer => writer.bytes(Attribute.Data, Buffer.from('x')));
    send(client, writer => writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT)));
    expect(harness.toPeer).toHaveLength(0);
  });
  rule('RFC 8656 11.2', 'a Send indication to a peer without permission is discarded', () => {
    const { harness, client } = start();
    client.send(PEER, PORT, 'x');
    expect(harness.toPeer).toHaveLength(0);
  });
  rule(
    'RFC 8656 11.2',
    'the data become a datagram from the relayed transport address to the peer, as they are',
    () => {
      const { harness, client } = start();
      client.permit(PEER);
      client.send(PEER, PORT, 'as it is');
      expect(sent(harness)).toEqual([`${PEER}:${PORT} as it is`]);
      expect(harness.toPeer[0]!.relay).toBe(harness.opened[0]);
    },
  );
  rule('RFC 8656 11.2', 'data of no length become a datagram of no length', () => {
    const { harness, client } = start();
    client.permit(PEER);
    client.send(PEER, PORT, '');
    expect(sent(harness)).toEqual([`${PEER}:${PORT} `]);
  });
  rule('RFC 8656 11.2', 'DONT-FRAGMENT sets the DF bit, where that is possible', () => {
    const { harness, client } = start({ dontFragment: true });
    client.permit(PEER);
    send(client, writer => peerAndData(writer).empty(Attribute.DontFragment));
    send(client, peerAndData);
    expect(harness.toPeer.map(({ dontFragment }) => dontFragment)).toEqual([true, false]);
  });
  rule('RFC 8656 11.2', 'DONT-FRAGMENT where it is not possible: the indication is discarded', () => {
    const { harness, client } = start();
    client.permit(PEER);
    send(client, writer => peerAndData(writer).empty(Attribute.DontFragment));
    expect(harness.toPeer).toHaveLength(0);
  });
  rule('RFC 8656 11.3', 'a datagram from a peer without permission is discarded', () => {
    const { harness } = start();
    expect(received(harness, () => harness.fromPeer(PEER, PORT, 'x'))).toEqual([]);
  });
  rule('RFC 8656 11.3', 'a datagram from a peer becomes a Data indication with its address and its data', () => {
    const { harness, client } = start();
    client.permit(PEER);
    const [bytes] = received(harness, () => harness.fromPeer(PEER, PORT, 'hello'));
    const answer = readAnswer(bytes!);
    expect([answer.messageClass, answer.method]).toEqual([MessageClass.Indication, Method.Data]);
    expect([answer.address(Attribute.XorPeerAddress), answer.reader.text(Attribute.Data)]).toEqual([
      `${PEER}:${PORT}`,
      'hello',
    ]);
  });
  rule('RFC 8656 11.5', 'an ICMP error becomes a Data indication with ICMP and without DATA', () => {
    const { harness, client } = start();
    client.permit(PEER);
    const error = (): void =>
      harness.server.handlePeerError(harness.opened[0]!, Endpoint.of(PEER, PORT), 3, 4, 1400, harness.now);
    const answer = readAnswer(received(harness, error)[0]!);
    expect(answer.address(Attribute.XorPeerAddress)).toBe(`${PEER}:${PORT}`);
    expect([answer.reader.has(Attribute.Icmp), answer.reader.has(Attribute.Data)]).toEqual([true, false]);
  });
  rule('RFC 8656 11.5', 'an ICMP error for a peer without permission is discarded', () => {
    const { harness } = start();
    const error = (): void =>
      harness.server.handlePeerError(harness.opened[0]!, Endpoint.of(PEER, PORT), 3, 3, 0, harness.now);
    expect(received(harness, error)).toEqual([]);
  });
});

describe('channels', () => {
  // Clients in the field still take numbers of RFC 5766, so the wider range is the default.
  notYet('RFC 8656 12.2', 'channel numbers above 0x4FFF are refused by default', () => {
    expect(start().client.bind(0x5000, PEER, PORT).code).toBe(400);
  });
  rule('RFC 8656 12.2', 'channel numbers other than 0x4000 to 0x4FFF: 400, where the range of RFC 8656 is set', () => {
    const { client } = start({ channelRange: 'rfc8656' });
    for (const number of [0x0000, 0x3fff, 0x5000, 0x7fff, 0xffff])
      expect(client.bind(number, PEER, PORT).code).toBe(400);
    expect(client.bind(0x4000, PEER, PORT).code).toBeUndefined();
    expect(client.bind(0x4fff, PEER, PORT + 1).code).toBeUndefined();
  });
  rule('RFC 8656 12.2', 'ChannelBind without a number or without a peer: 400', () => {
    const { client } = start();
    const number = (writer: MessageWriter): unknown => writer.uint32(Attribute.ChannelNumber, 0x40000000);
    const peer = (writer: MessageWriter): unknown =>
      writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, PORT));
    for (const alone of [number, peer]) expect(client.request(Method.ChannelBind, alone).code).toBe(400);
  });
  rule('RFC 8656 12.2', 'a number that is bound to another peer: 400', () => {
    const { client } = start();
    client.bind(0x4000, PEER, PORT);
    expect(client.bind(0x4000, PEER, PORT + 1).code).toBe(400);
  });
  rule('RFC 8656 12.2', 'a peer that is bound to another number: 400', () => {
    const { client } = start();
    client.bind(0x4000, PEER, PORT);
    expect(client.bind(0x4001, PEER, PORT).code).toBe(400);
  });
  rule('RFC 8656 12.2', 'a peer that the administrator forbids: 403; of another family: 443', () => {
    const { client } = start();
    expect(client.bind(0x4000, '10.9.9.9', PORT).code).toBe(403);
    expect(client.bind(0x4000, 'fd00:1::1', PORT).code).toBe(443);
  });
  rule('RFC 8656 12.2', 'a channel brings its permission, which lives for 300 seconds', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    client.send(PEER, PORT + 1, 'permitted');
    expect(harness.toPeer).toHaveLength(1);
    harness.advance(301);
    client.channelData(0x4000, 'x');
    expect(harness.toPeer).toHaveLength(1);
  });
  rule('RFC 8656 12.2', 'binding again refreshes channel and permission', () => {
    const { harness, client } = start();
    for (let i = 0; i < 4; i++) {
      expect(client.bind(0x4000, PEER, PORT).code).toBeUndefined();
      expect(client.refresh().code).toBeUndefined();
      harness.advance(290);
    }
    client.channelData(0x4000, 'x');
    expect(harness.toPeer).toHaveLength(1);
  });
  rule('RFC 8656 12', 'a channel lives for 600 seconds, and no longer', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    client.refresh(3600);
    for (const seconds of [290, 290, 25]) {
      harness.advance(seconds);
      client.permit(PEER);
    }
    client.channelData(0x4000, 'x');
    expect(harness.toPeer).toHaveLength(0);
    expect(received(harness, () => harness.fromPeer(PEER, PORT, 'x'))[0]![0]).toBe(0);
  });
  rule(
    'RFC 8656 12.5',
    'on a stream ChannelData is padded to a multiple of four bytes; as a datagram it need not be',
    () => {
      for (const [transport, length] of [
        ['tcp', 12],
        ['udp', 9],
      ] as const) {
        const { harness, client } = start({}, { transport });
        client.bind(0x4000, PEER, PORT);
        const [bytes] = received(harness, () => harness.fromPeer(PEER, PORT, 'hello'));
        expect([bytes!.length, bytes!.readUInt16BE(2)]).toEqual([length, 5]);
      }
    },
  );
  rule('RFC 8656 12.6', 'ChannelData on a number that is not bound is discarded', () => {
    const { harness, client } = start();
    client.channelData(0x4000, 'x');
    expect([harness.toPeer.length, harness.server.counters.drops['unbound-channel']]).toEqual([0, 1]);
  });
  rule('RFC 8656 12.6', 'ChannelData whose length is more than there is is discarded', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    client.raw(Buffer.from('4000000561626364', 'hex'));
    expect(harness.toPeer).toHaveLength(0);
  });
  rule('RFC 8656 12.6', 'the data of ChannelData go to the peer without header and padding', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    client.channelData(0x4000, 'hello', 3);
    expect(sent(harness)).toEqual([`${PEER}:${PORT} hello`]);
  });
  rule(
    'RFC 8656 12.7',
    'what a peer with a channel sends comes as ChannelData; from another port of it, it does not',
    () => {
      const { harness, client } = start();
      client.bind(0x4000, PEER, PORT);
      const [channel, data] = received(harness, () => {
        harness.fromPeer(PEER, PORT, 'x');
        harness.fromPeer(PEER, PORT + 1, 'x');
      });
      expect([channel!.readUInt16BE(0), data!.readUInt16BE(0)]).toEqual([0x4000, 0x0017]);
    },
  );
  rule('RFC 8656 12', 'channels and Send indications may be used side by side', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    client.channelData(0x4000, 'by channel');
    client.send(PEER, PORT, 'by indication');
    expect(sent(harness)).toEqual([`${PEER}:${PORT} by channel`, `${PEER}:${PORT} by indication`]);
  });
  rule('RFC 8656 12.4', 'ChannelData and STUN are told apart by the first byte: 0x40 to 0x4F is ChannelData', () => {
    const { harness, client } = start();
    client.bind(0x4000, PEER, PORT);
    expect(client.raw(Buffer.from('4000000161', 'hex'))).toBeUndefined();
    expect(sent(harness)).toEqual([`${PEER}:${PORT} a`]);
  });
});
