import fc from 'fast-check';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { Client, Harness, readAnswer, REALM } from './harness';

const KEY = longTermKey('alice', REALM, 'open sesame');
const METHODS = Object.values(Method);
const ATTRIBUTES = Object.values(Attribute);

/** Feeds bytes and holds the server to its word: an answer is a STUN response to this very transaction, or there is none. */
function feed(harness: Harness, client: Client, bytes: Uint8Array): void {
  const sent = harness.toClient.length;
  client.raw(bytes);
  for (const { flow, bytes: answer } of harness.toClient.slice(sent)) {
    const { reader } = readAnswer(answer);
    expect([MessageClass.Success, MessageClass.Error]).toContain(reader.messageClass);
    expect(flow.client.toString()).toBe(client.flow.client.toString());
    expect(Buffer.from(reader.transactionId())).toEqual(Buffer.from(bytes.subarray(8, 20)));
    expect(answer.subarray(0, 2).readUInt16BE() & 0x3eef).toBe(Buffer.from(bytes).readUInt16BE() & 0x3eef);
  }
}

const transports = fc.constantFrom('udp' as const, 'tcp' as const);

test('no byte string crashes the core or makes it answer garbage', () => {
  fc.assert(
    fc.property(transports, fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 5 }), (transport, packets) => {
      const harness = new Harness();
      const client = new Client(harness, { transport });
      for (const bytes of packets) feed(harness, client, bytes);
      expect(harness.server.store.size).toBe(0);
      expect(harness.toPeer).toHaveLength(0);
    }),
    { numRuns: 500 },
  );
});

/** Well-formed messages of arbitrary attributes, unsigned or signed by a user who has an allocation. */
const attributes = fc.array(
  fc.record({
    type: fc.oneof(fc.constantFrom(...ATTRIBUTES), fc.nat(0xffff)),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 24 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
    ),
  }),
  { maxLength: 8 },
);

test('no sequence of attributes does, signed or not, nor any flipped bit', () => {
  fc.assert(
    fc.property(
      transports,
      fc.array(
        fc.record({
          method: fc.oneof(fc.constantFrom(...METHODS), fc.nat(0xfff)),
          messageClass: fc.constantFrom(...Object.values(MessageClass)),
          attributes,
          signed: fc.boolean(),
          flip: fc.option(fc.nat(2000)),
        }),
        { maxLength: 8 },
      ),
      (transport, messages) => {
        const harness = new Harness();
        const client = new Client(harness, { transport });
        const nonce = client.raw(client.message(MessageClass.Request, Method.Allocate))!.text(Attribute.Nonce)!;
        client.allocate();
        client.bind(0x4000, '10.1.0.1', 20_001);
        for (const message of messages) {
          const bytes = client.message(
            message.messageClass,
            message.method,
            writer => {
              if (message.signed) {
                writer.text(Attribute.Username, 'alice').text(Attribute.Realm, REALM).text(Attribute.Nonce, nonce);
              }
              for (const { type, value } of message.attributes) writer.bytes(type, value);
            },
            message.signed ? KEY : undefined,
          );
          if (message.flip !== null) bytes[message.flip % bytes.length]! ^= 1 << (message.flip % 8);
          feed(harness, client, bytes);
          harness.fromPeer('10.1.0.1', 20_001, 'x');
        }
        // Whatever was sent, nothing reached a peer outside the routes.
        for (const { peer } of harness.toPeer) expect(peer).toMatch(/^10\.1\.0\.\d+:2000\d$/);
      },
    ),
    { numRuns: 300 },
  );
});

test('peer datagrams of any size come through whole, or not at all', () => {
  const harness = new Harness();
  const client = new Client(harness);
  client.allocate();
  client.bind(0x4000, '10.1.0.1', 20_001);
  client.permit('10.1.0.2');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (data, channel) => {
      harness.fromPeer(channel ? '10.1.0.1' : '10.1.0.2', 20_001, data);
      const { bytes } = harness.toClient.at(-1)!;
      if (channel) return bytes.subarray(4).equals(data);
      const { reader } = readAnswer(bytes);
      const index = reader.find(Attribute.Data);
      const start = reader.valueOffset(index);
      return bytes.subarray(start, start + reader.valueLength(index)).equals(data);
    }),
  );
});
