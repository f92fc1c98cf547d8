import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, ErrorCode, MessageClass, Method, REASON_PHRASES } from '../../../relay/src/stun/constants';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';

const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

/** Writes into bytes that an earlier packet left behind. */
function write(fill: (writer: MessageWriter) => void, size = 2048): Uint8Array {
  const bytes = new Uint8Array(size).fill(0xee);
  const writer = new MessageWriter().begin(bytes, 0, MessageClass.Error, Method.Allocate, ID, 0);
  fill(writer);
  return bytes.slice(0, writer.end());
}

function attributesOf(message: Uint8Array): string {
  return Buffer.from(message.subarray(20)).toString('hex');
}

describe('MessageWriter', () => {
  test.each<[string, (writer: MessageWriter) => void, string]>([
    ['no attribute', () => undefined, ''],
    ['empty', w => w.empty(Attribute.DontFragment), '001a0000'],
    ['uint32', w => w.uint32(Attribute.Lifetime, 0xfffffffe), '000d0004fffffffe'],
    ['bytes, padded by zero', w => w.bytes(Attribute.Data, Uint8Array.of(1, 2, 3, 4, 5)), '001300050102030405000000'],
    ['part of bytes', w => w.bytes(Attribute.Data, Uint8Array.of(1, 2, 3, 4, 5), 1, 3), '0013000302030400'],
    ['text in UTF-8', w => w.text(Attribute.Realm, 'ä'), '00140002c3a40000'],
    ['an error without a phrase (14.8)', w => w.errorCode(401), '0009000400000401'],
    [
      'an error with its phrase',
      w => w.errorCode(ErrorCode.StaleNonce, REASON_PHRASES[ErrorCode.StaleNonce]),
      `0009000f00000426${Buffer.from('Stale Nonce').toString('hex')}00`,
    ],
    [
      'an IPv4 address (14.1)',
      w => w.address(Attribute.AlternateServer, Endpoint.of('192.0.2.1', 3478)),
      '802300080001' + '0d96c0000201',
    ],
    [
      'an IPv6 address (14.1)',
      w => w.address(Attribute.AlternateServer, Endpoint.of('2001:db8::1', 3478)),
      '8023001400020d9620010db8000000000000000000000001',
    ],
    ['unknown attributes (14.13)', w => w.unknownAttributes([0x7fff, 2, 3]), '000a00067fff000200030000'],
  ])('%s', (_, fill, hex) => {
    expect(attributesOf(write(fill))).toBe(hex);
  });

  test('the value of DATA may lie in its place already', () => {
    // GIVEN a payload of 5 bytes behind room for the headers
    const bytes = new Uint8Array(64).fill(0xee);
    bytes.set([1, 2, 3, 4, 5], 40);
    // WHEN
    const writer = new MessageWriter().begin(bytes, 4, MessageClass.Indication, Method.Data, ID, 0);
    const length = writer
      .xorAddress(Attribute.XorPeerAddress, Endpoint.of('192.0.2.1', 9))
      .inPlace(Attribute.Data, 5)
      .end();
    // THEN
    const reader = new MessageReader();
    expect(reader.read(bytes, 4, length)).toBe(true);
    expect(reader.valueOffset(reader.find(Attribute.Data))).toBe(40);
    expect([...bytes.subarray(40, 49)]).toEqual([1, 2, 3, 4, 5, 0, 0, 0, 0xee]);
  });

  test('what does not fit is refused, and says how much it was', () => {
    expect(() => write(() => undefined, 19)).toThrow(RangeError);
    expect(() => write(w => w.bytes(Attribute.Data, new Uint8Array(5)), 20 + 11)).toThrow(/got 32 bytes/);
    expect(() => write(w => w.bytes(Attribute.Data, new Uint8Array(0xfff9)), 0x20000)).toThrow(RangeError);
    expect(write(w => w.bytes(Attribute.Data, new Uint8Array(0xfff8)), 0x20000)).toHaveLength(20 + 0xfffc);
  });

  test('what it writes, the reader reads', () => {
    const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(MessageClass)),
        fc.nat(0xfff),
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.tuple(
          fc.oneof(word, fc.constant(0)),
          fc.oneof(word, fc.constant(0)),
          fc.constantFrom(0xffff, 1),
          word,
          fc.nat(0xffff),
        ),
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(0xffffffff),
        fc.nat(9),
        (messageClass, method, id, words, text, data, number, offset) => {
          const endpoint = new Endpoint().setWords(...words);
          const bytes = new Uint8Array(512);
          const length = new MessageWriter()
            .begin(bytes, offset, messageClass, method, id, 0)
            .text(Attribute.Software, text)
            .bytes(Attribute.Data, data)
            .uint32(Attribute.Lifetime, number)
            .xorAddress(Attribute.XorMappedAddress, endpoint)
            .end();
          const reader = new MessageReader();
          expect(reader.read(bytes, offset, length)).toBe(true);
          expect([reader.messageClass, reader.method]).toEqual([messageClass, method]);
          expect(reader.transactionId()).toEqual(id);
          expect(reader.text(Attribute.Software)).toBe(text);
          expect(reader.uint32(Attribute.Lifetime)).toBe(number);
          const value = reader.valueOffset(reader.find(Attribute.Data));
          expect(bytes.slice(value, value + reader.valueLength(reader.find(Attribute.Data)))).toEqual(data);
          const into = new Endpoint();
          expect(reader.xorAddress(reader.find(Attribute.XorMappedAddress), into)).toBe(true);
          expect(into).toEqual(endpoint);
        },
      ),
    );
  });
});
