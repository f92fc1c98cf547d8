import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { Client, Harness, readAnswer, type SettingsOptions } from './harness';

const PEER = '10.1.0.1';
const PEER6 = 'fd00:1::1';

function permitted() {
  const harness = new Harness();
  const client = new Client(harness);
  client.allocate(writer => writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24));
  client.permit(PEER, PEER6);
  const sent = harness.toClient.length;
  const error = (peer: string, type: number, code = 0, data = 0, port = 20_000): Buffer | undefined => {
    const relay = harness.opened[peer.includes(':') ? 1 : 0]!;
    const before = harness.toClient.length;
    harness.server.handlePeerError(relay, Endpoint.of(peer, port), type, code, data, harness.now);
    return harness.toClient.length > before ? harness.toClient.at(-1)!.bytes : undefined;
  };
  return { harness, client, error, sent };
}

describe('ICMP errors from peers (RFC 8656 11.5)', () => {
  test('become a Data indication with the peer and ICMP, without DATA', () => {
    const { harness, error } = permitted();
    const indication = readAnswer(error(PEER, 3, 4, 1400)!);
    expect(indication.messageClass).toBe(MessageClass.Indication);
    expect(indication.method).toBe(Method.Data);
    expect(indication.address(Attribute.XorPeerAddress)).toBe(`${PEER}:20000`);
    const { reader } = indication;
    expect([...reader.value(reader.find(Attribute.Icmp))]).toEqual([0, 0, 3, 4, 0, 0, 0x05, 0x78]);
    expect(reader.has(Attribute.Data)).toBe(false);
    expect(reader.has(Attribute.MessageIntegrity)).toBe(false);
    expect(harness.toClient.at(-1)!.flow.client.port).toBe(40_000);
  });

  test.each([
    ['IPv4 destination unreachable', PEER, 3, 1, 1400, 0],
    ['IPv4 fragmentation needed', PEER, 3, 4, 1400, 1400],
    ['IPv4 time exceeded', PEER, 11, 0, 1400, 0],
    ['IPv6 destination unreachable', PEER6, 1, 4, 1280, 0],
    ['IPv6 packet too big', PEER6, 2, 0, 1280, 1280],
    ['IPv6 time exceeded', PEER6, 3, 0, 1280, 0],
  ])('%s is told of; its data only where it is the MTU (18.13)', (_, peer, type, code, data, told) => {
    const { reader } = readAnswer(permitted().error(peer, type, code, data)!);
    const value = Buffer.from(reader.value(reader.find(Attribute.Icmp)));
    expect([value.readUInt16BE(0), value[2], value[3], value.readUInt32BE(4)]).toEqual([0, type, code, told]);
  });

  test.each([
    ['IPv4 echo', PEER, 8],
    ['IPv4 redirect', PEER, 5],
    ['IPv4 source quench', PEER, 4],
    ['IPv6 parameter problem', PEER6, 4],
    ['IPv6 echo', PEER6, 128],
  ])('%s is not', (_, peer, type) => {
    expect(permitted().error(peer, type)).toBeUndefined();
  });

  test('without a permission nothing is told', () => {
    const { harness, error } = permitted();
    expect(error('10.1.0.9', 3)).toBeUndefined();
    harness.advance(301);
    expect(error(PEER, 3)).toBeUndefined();
  });

  test('a channel outlives its permission, and then nothing is told', () => {
    const { harness, client, error } = permitted();
    client.bind(0x4000, PEER, 20_000);
    harness.advance(250);
    client.refresh();
    harness.advance(51);
    expect(error(PEER, 3)).toBeUndefined();
    expect(harness.server.counters.drops['no-permission']).toBe(1);
  });

  test('of a port that no route opens nothing is told', () => {
    expect(permitted().error(PEER, 3, 3, 0, 22)).toBeUndefined();
  });

  test('a flood of them is cut to ten in a second', () => {
    const { harness, error, sent } = permitted();
    for (let i = 0; i < 100; i++) error(PEER, 3);
    expect(harness.toClient.length - sent).toBe(10);
    harness.now += 1000;
    for (let i = 0; i < 100; i++) error(PEER, 3);
    expect(harness.toClient.length - sent).toBe(20);
  });

  test('once the allocation has ended nothing is told', () => {
    const { client, error } = permitted();
    client.refresh(0);
    expect(error(PEER, 3)).toBeUndefined();
  });
});

describe('DONT-FRAGMENT (RFC 8656 7.2, 11.2, 14)', () => {
  function session(options: SettingsOptions) {
    const harness = new Harness(options);
    const client = new Client(harness);
    client.allocate();
    client.permit(PEER);
    client.raw(
      client.message(MessageClass.Indication, Method.Send, writer =>
        writer
          .xorAddress(Attribute.XorPeerAddress, Endpoint.of(PEER, 20_000))
          .empty(Attribute.DontFragment)
          .bytes(Attribute.Data, Buffer.from('x')),
      ),
    );
    return { harness, client };
  }

  test('where the bit can be set, Allocate takes it and Send sets it', () => {
    const { harness, client } = session({ dontFragment: true });
    expect(harness.toPeer.map(({ dontFragment }) => dontFragment)).toEqual([true]);
    client.send(PEER, 20_000, 'without');
    client.bind(0x4000, PEER, 20_000);
    client.channelData(0x4000, 'without');
    expect(harness.toPeer.map(({ dontFragment }) => dontFragment)).toEqual([true, false, false]);
    const other = new Client(harness, { port: 1002 });
    expect(other.allocate(writer => writer.empty(Attribute.DontFragment)).messageClass).toBe(MessageClass.Success);
  });

  test('where it cannot, Send is discarded', () => {
    const { harness } = session({});
    expect(harness.toPeer).toEqual([]);
    expect(harness.server.counters.drops.malformed).toBe(1);
  });
});
