import fc from 'fast-check';
import { NatDiscovery } from '../../../relay/src/nat-discovery/nat-discovery';
import { parseOrigins } from '../../../relay/src/nat-discovery/origins';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';

const ORIGINS = parseOrigins('192.0.2.1,192.0.2.2,3478,3479');
const CLIENT = Endpoint.of('203.0.113.5', 40_000);

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
  readonly reader: MessageReader;
}

function server(mayAnswer = () => true) {
  const sent: Sent[] = [];
  const discovery = new NatDiscovery(
    ORIGINS,
    (origin, to, bytes, offset, length) => {
      const copy = Buffer.from(bytes.subarray(offset, offset + length));
      const reader = new MessageReader();
      expect(reader.read(copy, 0, copy.length)).toBe(true);
      sent.push({ from: ORIGINS[origin]!.toString(), to: to.toString(), bytes: copy, reader });
    },
    mayAnswer,
  );
  const ask = (origin: number, request: Buffer): Sent | undefined => {
    sent.length = 0;
    discovery.handle(origin, CLIENT, request, 0, request.length, 0);
    return sent[0];
  };
  return { discovery, ask };
}

function request(attributes: (writer: MessageWriter) => unknown = () => undefined): Buffer {
  const bytes = Buffer.alloc(70_000);
  const transaction = Buffer.from('transaction.');
  const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, Method.Binding, transaction, 0);
  attributes(writer);
  return bytes.subarray(0, writer.end());
}

/** MAPPED-ADDRESS and its like: family, port and address as they are (RFC 8489 14.1). */
function plainAddress({ reader }: Sent, type: number): string {
  const at = reader.valueOffset(reader.find(type));
  const view = Buffer.from(reader.bytes);
  return `${[...view.subarray(at + 4, at + 8)].join('.')}:${view.readUInt16BE(at + 2)}`;
}

function xorAddress({ reader }: Sent): string {
  const endpoint = new Endpoint();
  reader.xorAddress(reader.find(Attribute.XorMappedAddress), endpoint);
  return endpoint.toString();
}

const errorCode = ({ reader }: Sent): number => {
  const word = reader.uint32(Attribute.ErrorCode)!;
  return (word >> 8) * 100 + (word & 0xff);
};

describe('where the answer comes from (RFC 5780 6.1, table 1)', () => {
  test.each([
    [0x0, '192.0.2.1:3478'],
    [0x2, '192.0.2.1:3479'],
    [0x4, '192.0.2.2:3478'],
    [0x6, '192.0.2.2:3479'],
  ])('CHANGE-REQUEST %d: from %s', (flags, from) => {
    const answer = server().ask(
      0,
      request(writer => writer.uint32(Attribute.ChangeRequest, flags)),
    )!;
    expect(answer.from).toBe(from);
    expect(plainAddress(answer, Attribute.ResponseOrigin)).toBe(from);
    expect(plainAddress(answer, Attribute.OtherAddress)).toBe('192.0.2.2:3479');
    expect(answer.to).toBe(CLIENT.toString());
  });

  test.each([
    [0, '192.0.2.2:3479'],
    [1, '192.0.2.2:3478'],
    [2, '192.0.2.1:3479'],
    [3, '192.0.2.1:3478'],
  ])('OTHER-ADDRESS of origin %d is what differs in both, %s', (origin, other) => {
    const answer = server().ask(origin, request())!;
    expect(answer.from).toBe(ORIGINS[origin]!.toString());
    expect(plainAddress(answer, Attribute.OtherAddress)).toBe(other);
  });
});

test('the mapped address comes in both forms (RFC 5780 6.1)', () => {
  const answer = server().ask(0, request())!;
  expect(xorAddress(answer)).toBe(CLIENT.toString());
  expect(plainAddress(answer, Attribute.MappedAddress)).toBe(CLIENT.toString());
});

test('RESPONSE-PORT sends the answer to another port of the same address; the mapping is still of the request', () => {
  const answer = server().ask(
    0,
    request(writer => writer.uint32(Attribute.ResponsePort, 41_000 << 16)),
  )!;
  expect(answer.to).toBe('203.0.113.5:41000');
  expect(xorAddress(answer)).toBe(CLIENT.toString());
});

test.each([
  [0, 0],
  [1500, 1500],
  [9216, 9216],
  [60_000, 9216],
])('PADDING of %d bytes is answered with %d: never more than was asked with', (asked, answered) => {
  const bytes = request(writer => writer.bytes(Attribute.Padding, new Uint8Array(asked)));
  const { reader } = server().ask(0, bytes)!;
  expect(reader.valueLength(reader.find(Attribute.Padding))).toBe(answered);
});

test.each<[string, number, (writer: MessageWriter) => unknown]>([
  [
    'PADDING together with RESPONSE-PORT (RFC 5780 6.1)',
    400,
    w => w.uint32(Attribute.ResponsePort, 41_000 << 16).bytes(Attribute.Padding, new Uint8Array(100)),
  ],
  ['RESPONSE-PORT 0', 400, w => w.uint32(Attribute.ResponsePort, 0)],
  ['a short RESPONSE-PORT', 400, w => w.bytes(Attribute.ResponsePort, new Uint8Array([160, 0]))],
  ['a short CHANGE-REQUEST', 400, w => w.bytes(Attribute.ChangeRequest, new Uint8Array(2))],
  ['an unknown attribute that must be understood', 420, w => w.uint32(0x0077, 1)],
])('%s is answered with %d, to where it came from and without padding', (_, code, attributes) => {
  const answer = server().ask(0, request(attributes))!;
  expect(errorCode(answer)).toBe(code);
  expect([answer.from, answer.to]).toEqual(['192.0.2.1:3478', CLIENT.toString()]);
  expect(answer.bytes.length).toBeLessThan(60);
});

test('what is beyond the budget of a source is not answered', () => {
  expect(server(() => false).ask(0, request())).toBeUndefined();
});

test('only Binding requests are answered: no reply to a reply, so two servers cannot be set upon each other', () => {
  const { ask } = server();
  const answer = ask(0, request())!;
  expect(ask(0, answer.bytes)).toBeUndefined();
});

test('FINGERPRINT is mirrored, and a wrong one is dropped (RFC 8489 7)', () => {
  const { ask } = server();
  const good = request(writer => writer.fingerprint());
  expect(ask(0, good)!.reader.has(Attribute.Fingerprint)).toBe(true);
  const bad = Buffer.from(good);
  bad[bad.length - 1]! ^= 1;
  expect(ask(0, bad)).toBeUndefined();
});

test('no answer is much longer than its request, whatever the bytes', () => {
  const { ask } = server();
  const attribute = fc.tuple(
    fc.constantFrom(Attribute.ChangeRequest, Attribute.Padding, Attribute.ResponsePort, 0x77, 0x8022),
    fc.uint8Array({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(fc.array(attribute, { maxLength: 8 }), fc.integer({ min: 0, max: 3 }), (attributes, origin) => {
      const bytes = request(writer => attributes.forEach(([type, value]) => writer.bytes(type, value)));
      const answer = ask(origin, bytes)!;
      expect(answer.bytes.length).toBeLessThanOrEqual(bytes.length + 48);
    }),
  );
});

describe('ADDRESS,ADDRESS,PORT,PORT', () => {
  test.each(['192.0.2.1,192.0.2.2,3478,3479', '2001:db8::1,2001:db8::2,3478,3479'])('%s is enough', text => {
    const [one, , , four] = parseOrigins(text);
    expect(one.sameAddress(four)).toBe(false);
    expect([one.port, four.port]).toEqual([3478, 3479]);
  });

  test.each([
    '',
    '192.0.2.1',
    '192.0.2.1,192.0.2.2',
    '192.0.2.1,192.0.2.2,3478',
    '192.0.2.1,192.0.2.1,3478,3479',
    '192.0.2.1,192.0.2.2,3478,3478',
    '192.0.2.1,2001:db8::1,3478,3479',
    '192.0.2.1,192.0.2.2,3478,0',
    '192.0.2.1,192.0.2.2,3478,65536',
    '192.0.2.1,192.0.2.2,3478,3479,3480',
    '0.0.0.0,192.0.2.2,3478,3479',
    'turn.example.com,192.0.2.2,3478,3479',
    '192.0.2.1,192.0.2.2,3478,x',
  ])('%j is not', text => {
    expect(() => parseOrigins(text)).toThrow(/^not enough for NAT discovery \(got .*two addresses.*two ports/);
  });
});
