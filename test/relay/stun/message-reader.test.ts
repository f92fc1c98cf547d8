import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { fingerprintMatches, verifyMessageIntegrity } from '../../../relay/src/stun/integrity';
import { MAX_ATTRIBUTES, MAX_TEXT_LENGTH, MessageReader } from '../../../relay/src/stun/message-reader';
import { SAMPLE_REQUEST } from './rfc5769';

const attribute = (type: number, value: readonly number[], length = value.length): number[] => [
  type >> 8,
  type & 0xff,
  length >> 8,
  length & 0xff,
  ...value,
  ...Array<number>((4 - (value.length % 4)) % 4).fill(0),
];
const message = (attributes: readonly number[] = [], type = 0x0001, length = attributes.length): Uint8Array =>
  Uint8Array.from([
    ...[type >> 8, type & 0xff, length >> 8, length & 0xff, 0x21, 0x12, 0xa4, 0x42],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ...attributes,
  ]);
const reads = (bytes: Uint8Array): boolean => new MessageReader().read(bytes, 0, bytes.length);
const read = (bytes: Uint8Array): MessageReader => {
  const reader = new MessageReader();
  expect(reader.read(bytes, 0, bytes.length)).toBe(true);
  return reader;
};

describe('MessageReader tells a well-formed message (RFC 8489 5, 14)', () => {
  test.each<[string, Uint8Array]>([
    ['header alone', message()],
    ['an empty attribute', message(attribute(Attribute.DontFragment, []))],
    ['a padded attribute at the end', message(attribute(Attribute.EvenPort, [0x80]))],
    [`${MAX_ATTRIBUTES} attributes`, message(Array(MAX_ATTRIBUTES).fill(attribute(0x8000, [])).flat())],
  ])('yes: %s', (_, bytes) => {
    expect(reads(bytes)).toBe(true);
  });

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a header cut short', message().slice(0, 19)],
    ['the first bit set', message([], 0x8001)],
    ['the second bit set', message([], 0x4001)],
    ['another cookie', message().with(7, 0x43)],
    ['length field beyond the end', message([], 1, 4)],
    ['length field before the end', message([0, 0, 0, 0], 1, 0)],
    ['length not a multiple of four', message([0x80, 0, 0, 1, 0, 0])],
    ['an attribute beyond the end', message(attribute(0x8000, [1, 2, 3, 4], 5))],
    ['the longest value in a short message', message(attribute(0x8000, [1, 2, 3, 4], 0xffff))],
    [
      'more attributes than anybody needs',
      message(
        Array(MAX_ATTRIBUTES + 1)
          .fill(attribute(0x8000, []))
          .flat(),
      ),
    ],
  ])('no: %s', (_, bytes) => {
    expect(reads(bytes)).toBe(false);
  });

  test('no: a range that leaves the buffer', () => {
    expect(new MessageReader().read(message(), 4, 20)).toBe(false);
    expect(new MessageReader().read(message(), -4, 20)).toBe(false);
    expect(new MessageReader().read(message([0, 0, 0, 0]).slice(0, 20), 0, 24)).toBe(false);
  });

  test('class and method bits are interleaved (figure 3)', () => {
    const methods = [Method.Binding, Method.ConnectionAttempt, 0x0f0, 0xfff];
    const words = [
      [0x0001, 0x000c, 0x02e0, 0x3eef],
      [0x0011, 0x001c, 0x02f0, 0x3eff],
      [0x0101, 0x010c, 0x03e0, 0x3fef],
      [0x0111, 0x011c, 0x03f0, 0x3fff],
    ];
    words.forEach((row, messageClass) =>
      row.forEach((word, i) => {
        const reader = read(message([], word));
        expect([reader.messageClass, reader.method]).toEqual([messageClass, methods[i]]);
      }),
    );
  });
});

describe('MessageReader counts what the integrity attributes cover (RFC 8489 14)', () => {
  const { MessageIntegrity, MessageIntegritySha256, Fingerprint, Lifetime, Software } = Attribute;
  const mac = attribute(MessageIntegrity, Array<number>(20).fill(1));
  const mac256 = attribute(MessageIntegritySha256, Array<number>(32).fill(1));
  const crc = attribute(Fingerprint, [0, 0, 0, 0]);
  const life = attribute(Lifetime, [0, 0, 0, 1]);

  test.each<[string, number[], number[], number[]]>([
    ['everything before', [...life, ...mac], [Lifetime, MessageIntegrity], []],
    ['nothing else after MESSAGE-INTEGRITY', [...mac, ...life], [MessageIntegrity], [Lifetime]],
    [
      'MESSAGE-INTEGRITY-SHA256 and FINGERPRINT after MESSAGE-INTEGRITY',
      [...mac, ...mac256, ...crc],
      [MessageIntegrity, MessageIntegritySha256, Fingerprint],
      [],
    ],
    ['FINGERPRINT behind an ignored attribute', [...mac, ...life, ...crc], [Fingerprint], [Lifetime]],
    [
      'only FINGERPRINT after SHA256',
      [...mac256, ...life, ...mac, ...crc],
      [Fingerprint],
      [Lifetime, MessageIntegrity],
    ],
    ['nothing after FINGERPRINT', [...crc, ...life, ...mac], [Fingerprint], [Lifetime, MessageIntegrity]],
  ])('%s', (_, attributes, present, absent) => {
    const reader = read(message(attributes));
    for (const type of present) expect(reader.has(type)).toBe(true);
    for (const type of absent) expect(reader.has(type)).toBe(false);
  });

  test('only the first of several counts', () => {
    const reader = read(message([...life, ...attribute(Lifetime, [0, 0, 0, 9])]));
    expect(reader.uint32(Lifetime)).toBe(1);
  });

  test('a second read forgets the first', () => {
    const reader = read(message(attribute(Software, [65])));
    expect(reader.read(message(), 0, 20)).toBe(true);
    expect(reader.has(Software)).toBe(false);
  });
});

describe('MessageReader values', () => {
  test('a transaction id to keep outlives the bytes, also those of a Buffer', () => {
    const bytes = Buffer.from(message());
    const id = read(bytes).transactionId();
    bytes.fill(0);
    expect(id).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  });

  test('integers are the leading bits; absent or shorter is undefined', () => {
    const reader = read(message([...attribute(1, [0xff, 1, 2, 3]), ...attribute(2, []), ...attribute(4, [7])]));
    expect([reader.uint8(1), reader.uint16(1), reader.uint32(1)]).toEqual([0xff, 0xff01, 0xff010203]);
    expect([reader.uint8(2), reader.uint8(3)]).toEqual([undefined, undefined]);
    expect([reader.uint8(4), reader.uint16(4), reader.uint32(4)]).toEqual([7, undefined, undefined]);
  });

  test.each<[string, readonly number[], string | undefined]>([
    ['empty', [], ''],
    ['UTF-8', [0xc3, 0xa4], 'ä'],
    ['not UTF-8', [0xc3, 0x28], undefined],
    ['cut in a character', [0x41, 0xc3], undefined],
    ['as long as a text may be', Array<number>(MAX_TEXT_LENGTH).fill(65), 'A'.repeat(MAX_TEXT_LENGTH)],
    ['longer', Array<number>(MAX_TEXT_LENGTH + 1).fill(65), undefined],
  ])('text: %s', (_, value, text) => {
    expect(read(message(attribute(Attribute.Username, value))).text(Attribute.Username)).toBe(text);
  });

  test('every XOR-PEER-ADDRESS in turn (RFC 8656 9.2)', () => {
    const peer = (last: number): number[] =>
      attribute(Attribute.XorPeerAddress, [0, 1, 0x21, 0x12, 0x21 ^ 192, 0x12, 0xa4 ^ 2, 0x42 ^ last]);
    const reader = read(message([...peer(1), ...attribute(Attribute.Lifetime, [0, 0, 0, 0]), ...peer(2), ...peer(3)]));
    const into = new Endpoint();
    const peers: string[] = [];
    for (let i = reader.find(0x12); i >= 0; i = reader.findNext(0x12, i + 1)) {
      expect(reader.xorAddress(i, into)).toBe(true);
      peers.push(into.toString());
    }
    expect(peers).toEqual(['192.0.2.1:0', '192.0.2.2:0', '192.0.2.3:0']);
  });

  test('an IPv4-mapped peer is an IPv4 peer, however it is spelt', () => {
    const cookieAndId = message().slice(4, 20);
    const mapped = [...Array<number>(10).fill(0), 0xff, 0xff, 127, 0, 0, 1].map((byte, i) => byte ^ cookieAndId[i]!);
    const reader = read(message(attribute(Attribute.XorPeerAddress, [0, 2, 0x21, 0x12, ...mapped])));
    const into = new Endpoint();
    expect(reader.xorAddress(0, into)).toBe(true);
    expect(into.address).toBe('127.0.0.1');
  });

  test.each<[string, readonly number[]]>([
    ['empty', []],
    ['too short for a port', [0, 1, 2]],
    ['family 0', [0, 0, 1, 1, 1, 1, 1, 1]],
    ['family 3', [0, 3, 1, 1, 1, 1, 1, 1]],
    ['IPv4 of 7 bytes', [0, 1, 1, 1, 1, 1, 1]],
    ['IPv4 of 9 bytes', [0, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['IPv6 as long as IPv4', [0, 2, 1, 1, 1, 1, 1, 1]],
    ['IPv4 as long as IPv6', [0, 1, ...Array<number>(18).fill(1)]],
  ])('no address: %s', (_, value) => {
    const reader = read(message(attribute(Attribute.XorPeerAddress, value)));
    const into = Endpoint.of('192.0.2.1', 1);
    expect(reader.xorAddress(0, into)).toBe(false);
    expect(into.toString()).toBe('192.0.2.1:1');
  });

  test('unknown comprehension-required attributes, each once (RFC 8489 6.3.1)', () => {
    const types = [0x0006, 0x7fff, 0x8000, 0x0002, 0x7fff, 0xffff];
    const reader = read(message(types.flatMap(type => attribute(type, []))));
    expect(reader.unknownRequired(new Set([0x0006]))).toEqual([0x7fff, 0x0002]);
    expect(reader.unknownRequired(new Set(types))).toEqual([]);
  });
});

describe('no bytes make the reader fail', () => {
  /** Uses everything that a server would. */
  function useAll(bytes: Uint8Array): void {
    const reader = new MessageReader();
    if (!reader.read(bytes, 0, bytes.length)) return;
    const into = new Endpoint();
    for (const type of Object.values(Attribute)) {
      for (let i = reader.find(type); i >= 0; i = reader.findNext(type, i + 1)) {
        expect(reader.valueOffset(i) + reader.valueLength(i)).toBeLessThanOrEqual(bytes.length);
        reader.xorAddress(i, into);
      }
      reader.uint8(type);
      reader.uint16(type);
      reader.uint32(type);
      reader.text(type);
    }
    reader.unknownRequired(new Set());
    verifyMessageIntegrity(reader, new Uint8Array(16));
    fingerprintMatches(reader);
  }

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), useAll));
  });

  test('random attributes behind a right header', () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 });
    const known = fc.array(
      fc.tuple(fc.constantFrom(...Object.values(Attribute)), fc.array(fc.nat(255), { maxLength: 40 })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(words, w => useAll(message([...w, ...(w.length % 2 ? [0] : [])].flatMap(x => [x >> 8, x & 255])))),
    );
    fc.assert(fc.property(known, list => useAll(message(list.flatMap(([type, value]) => attribute(type, value))))));
  });

  test('a sample with any byte changed', () => {
    for (let i = 0; i < SAMPLE_REQUEST.length; i++) {
      for (const value of [0, 1, 0x7f, 0xff]) useAll(SAMPLE_REQUEST.with(i, value));
    }
  });
});

test('MessageClass numbers are the class bits', () => {
  expect(MessageClass).toEqual({ Request: 0b00, Indication: 0b01, Success: 0b10, Error: 0b11 });
});
