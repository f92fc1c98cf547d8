import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey, verifyMessageIntegrity } from '../../../relay/src/stun/integrity';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { StreamFramer } from '../../../relay/src/stun/stream-framer';
import { type Answer, Client, Harness, REALM } from '../turn/harness';
import { ALGORITHM, ALGORITHMS, bySha1, type Manner, ModernClient, signatures } from '../turn/modern-client';
import { notYet, rule } from './rule';

const KEY = longTermKey('alice', REALM, 'open sesame');
const SHA256_KEY = longTermKey('alice', REALM, 'open sesame', 'sha256');
const NO_USER = { username: 'mallory' };

const modern = (): ModernClient => new ModernClient(new Harness());
const allocateBy = (manner: Manner): Answer => modern().allocateBy(manner);
const UNKNOWN = 0x7f01;

/** A Binding request, changed as told; the answer, if there is one. */
function binding(change: (bytes: Buffer) => Buffer = bytes => bytes, write?: (writer: MessageWriter) => unknown) {
  const client = new Client(new Harness());
  return client.raw(change(client.message(MessageClass.Request, Method.Binding, write)));
}

const set = (at: number, byte: number) => (bytes: Buffer) => {
  bytes[at] = byte;
  return bytes;
};

describe('messages', () => {
  rule('RFC 8489 5', 'a message whose first two bits are not zero is no STUN message and gets no answer', () => {
    expect(binding(set(0, 0x80))).toBeUndefined();
    expect(binding(set(0, 0xc0))).toBeUndefined();
  });
  rule('RFC 8489 5', 'a message without the magic cookie gets no answer', () => {
    expect(binding(set(4, 0))).toBeUndefined();
  });
  rule('RFC 8489 6.3', 'a length field that is not that of the message gets no answer', () => {
    expect(binding(set(3, 4))).toBeUndefined();
    expect(binding(bytes => Buffer.concat([bytes, Buffer.alloc(4)]))).toBeUndefined();
  });
  rule('RFC 8489 5', 'a length that is no multiple of four gets no answer', () => {
    expect(binding(bytes => set(3, 2)(Buffer.concat([bytes, Buffer.alloc(2)])))).toBeUndefined();
  });
  rule('RFC 8489 6.2.2', 'on a stream messages follow each other, however the stream is cut', () => {
    const client = new Client(new Harness());
    const message = client.message(MessageClass.Request, Method.Binding);
    const framer = new StreamFramer();
    const lengths: number[] = [];
    for (const byte of Buffer.concat([message, message]))
      framer.feed(Uint8Array.of(byte), (_, __, length) => lengths.push(length));
    expect(lengths).toEqual([message.length, message.length]);
  });
  rule('RFC 8489 6.3.1', 'the response has the method and the transaction id of the request', () => {
    const client = new Client(new Harness());
    const request = client.message(MessageClass.Request, Method.Binding, undefined, undefined, 0xabcdef);
    const answer = client.raw(request)!;
    expect(answer.method).toBe(Method.Binding);
    expect(Buffer.from(answer.reader.transactionId())).toEqual(request.subarray(8, 20));
  });
  rule('RFC 8489 6.3.1', 'the response goes back where the request came from', () => {
    const harness = new Harness();
    const client = new Client(harness, { socket: 7, address: '203.0.113.77', port: 4077 });
    client.raw(client.message(MessageClass.Request, Method.Binding));
    const { flow } = harness.toClient[0]!;
    expect([flow.socket, flow.client.toString()]).toEqual([7, '203.0.113.77:4077']);
  });
  rule('RFC 8489 6.3.1', 'an unknown attribute that must be understood: 420, and UNKNOWN-ATTRIBUTES names it', () => {
    const answer = binding(undefined, writer => writer.uint32(UNKNOWN, 1))!;
    expect(answer.code).toBe(420);
    expect(answer.reader.uint16(Attribute.UnknownAttributes)).toBe(UNKNOWN);
  });
  rule('RFC 8489 6.3.1', 'an unknown attribute that need not be understood is ignored', () => {
    expect(binding(undefined, writer => writer.uint32(0xff01, 1))?.messageClass).toBe(MessageClass.Success);
  });
  rule('RFC 8489 6.3.1', 'attributes that are known and not expected are ignored', () => {
    expect(
      new Client(new Harness()).allocate(writer => writer.uint32(Attribute.ChannelNumber, 1)).code,
    ).toBeUndefined();
  });
  rule('RFC 8489 6.3.1', 'a Binding success response has XOR-MAPPED-ADDRESS', () => {
    expect(binding()?.address(Attribute.XorMappedAddress)).toBe('203.0.113.5:40000');
  });
  rule('RFC 8489 6.3.2', 'an indication is never answered', () => {
    const client = new Client(new Harness());
    expect(client.raw(client.message(MessageClass.Indication, Method.Binding))).toBeUndefined();
  });
  rule('RFC 8489 6.3.2', 'an indication with an unknown attribute that must be understood is discarded', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    client.permit('10.1.0.1');
    const peer = Endpoint.of('10.1.0.1', 20_001);
    const write = (writer: MessageWriter): unknown =>
      writer.xorAddress(Attribute.XorPeerAddress, peer).bytes(Attribute.Data, Buffer.from('x')).uint32(UNKNOWN, 1);
    expect(client.raw(client.message(MessageClass.Indication, Method.Send, write))).toBeUndefined();
    expect(harness.toPeer).toHaveLength(0);
  });
  rule('RFC 8489 6.3.3', 'responses that nobody has asked for are discarded', () => {
    const client = new Client(new Harness());
    for (const messageClass of [MessageClass.Success, MessageClass.Error])
      expect(client.raw(client.message(messageClass, Method.Binding))).toBeUndefined();
  });
  rule('RFC 8489 7', 'a message whose FINGERPRINT is wrong gets no answer', () => {
    const flip = (bytes: Buffer): Buffer => set(bytes.length - 1, bytes.at(-1)! ^ 1)(bytes);
    expect(binding(flip, writer => writer.fingerprint())).toBeUndefined();
  });
  rule('RFC 8489 7', 'who uses FINGERPRINT gets it in the response', () => {
    expect(binding(undefined, writer => writer.fingerprint())?.reader.has(Attribute.Fingerprint)).toBe(true);
    expect(binding()?.reader.has(Attribute.Fingerprint)).toBe(false);
  });
});

describe('long-term credentials', () => {
  rule('RFC 8489 9.2.1', 'the nonce begins with the cookie that tells the security features', () => {
    expect(modern().freshNonce()).toMatch(/^obMatJos2[A-Za-z0-9+/]{4}/);
  });
  rule('RFC 8489 9.2.4', 'without an integrity attribute: 401 with REALM and NONCE', () => {
    const answer = modern().challenge();
    expect(answer.code).toBe(401);
    expect(answer.text(Attribute.Realm)).toBe(REALM);
    expect(answer.text(Attribute.Nonce)).not.toBe('');
  });
  rule('RFC 8489 9.2.4', 'that 401 has neither user name nor integrity attribute', () => {
    const { reader } = modern().challenge();
    const { Username, Userhash, MessageIntegrity, MessageIntegritySha256 } = Attribute;
    for (const type of [Username, Userhash, MessageIntegrity, MessageIntegritySha256])
      expect(reader.has(type)).toBe(false);
  });
  rule('RFC 8489 9.2.4', 'the nonce feature for password algorithms comes with PASSWORD-ALGORITHMS', () => {
    expect(modern().challenge().reader.has(Attribute.PasswordAlgorithms)).toBe(true);
    expect(allocateBy({ nonce: 'stale' }).reader.has(Attribute.PasswordAlgorithms)).toBe(true);
  });
  rule('RFC 8489 9.2.4', 'an integrity attribute without user name, realm or nonce: 400, and no challenge', () => {
    for (const missing of [Attribute.Username, Attribute.Realm, Attribute.Nonce]) {
      const client = modern();
      const texts: [number, string][] = [
        [Attribute.Username, 'alice'],
        [Attribute.Realm, REALM],
        [Attribute.Nonce, client.freshNonce()],
      ];
      const write = (writer: MessageWriter): void => {
        for (const [type, text] of texts) if (type !== missing) writer.text(type, text);
      };
      const answer = client.raw(client.message(MessageClass.Request, Method.Allocate, write, KEY))!;
      expect(answer.code).toBe(400);
      for (const type of [Attribute.Realm, Attribute.Nonce]) expect(answer.reader.has(type)).toBe(false);
    }
  });
  rule('RFC 8489 9.2.4', 'a nonce that is not valid any more: 438 with REALM and another NONCE', () => {
    const harness = new Harness();
    const client = new ModernClient(harness);
    const nonce = client.freshNonce();
    harness.advance(3700);
    const answer = client.allocateBy({ nonce });
    expect(answer.code).toBe(438);
    expect(answer.text(Attribute.Realm)).toBe(REALM);
    expect(answer.text(Attribute.Nonce)).not.toBe(nonce);
  });
  rule('RFC 8489 9.2.4', 'PASSWORD-ALGORITHMS other than the one that was sent: 400', () => {
    expect(allocateBy({ algorithms: ALGORITHMS.subarray(4) }).code).toBe(400);
  });
  rule('RFC 8489 9.2.4', 'PASSWORD-ALGORITHM that is not in the list: 400', () => {
    expect(allocateBy({ algorithm: 0x00030000 }).code).toBe(400);
  });
  rule('RFC 8489 9.2.4', 'one of PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS without the other: 400', () => {
    expect(allocateBy({ algorithms: null }).code).toBe(400);
    expect(allocateBy({ algorithm: null }).code).toBe(400);
  });
  rule('RFC 8489 9.2.4', 'neither of the two: the key is made by MD5', () => {
    expect(allocateBy({ algorithm: null, algorithms: null, hash: 'md5', sign: bySha1 }).code).toBeUndefined();
  });
  rule('RFC 8489 9.2.4', 'an unknown user: 401 with a challenge', () => {
    expect(allocateBy(NO_USER).code).toBe(401);
    expect(allocateBy(NO_USER).reader.has(Attribute.Nonce)).toBe(true);
  });
  rule('RFC 8489 9.2.4', 'an integrity attribute that is wrong: 401 with a challenge', () => {
    const answer = allocateBy({ password: 'guessed' });
    expect([answer.code, answer.reader.has(Attribute.Nonce)]).toEqual([401, true]);
  });
  // The nonce is judged first, on purpose: it proves the source address before any password is worked on.
  notYet('RFC 8489 9.2.4', 'the password is judged before the nonce, so that both being wrong is 401', () => {
    expect(allocateBy({ password: 'guessed', nonce: 'stale' }).code).toBe(401);
  });
  rule('RFC 8489 9.2.4', 'the response is protected by the key that the request was', () => {
    const answer = new Client(new Harness()).allocate();
    expect(verifyMessageIntegrity(answer.reader, KEY)).toBe(true);
  });
  rule('RFC 8489 9.2.4', 'an error response that comes after authentication is protected too', () => {
    const answer = new Client(new Harness()).refresh();
    expect([answer.code, verifyMessageIntegrity(answer.reader, KEY)]).toEqual([437, true]);
  });
  rule(
    'RFC 8489 9.2.4',
    'MESSAGE-INTEGRITY-SHA256 in the request means it in the response, and not the weaker one',
    () => {
      expect(signatures(allocateBy({}), SHA256_KEY)).toEqual(['sha256 right']);
    },
  );
  rule('RFC 8489 9.2.4', 'a USERHASH is as good as the name it stands for', () => {
    expect(allocateBy({ anonymous: true }).code).toBeUndefined();
    expect(allocateBy({ anonymous: true, ...NO_USER }).code).toBe(401);
  });
  rule('RFC 8489 9.2.4', 'no state is kept for who has not proved who it is', () => {
    const harness = new Harness();
    new ModernClient(harness).allocateBy(NO_USER);
    expect([harness.server.store.size, harness.opened.length]).toEqual([0, 0]);
  });
  rule('RFC 8489 18.5.1', 'keys are made by MD5 and by SHA-256', () => {
    expect(allocateBy({ hash: 'md5', algorithm: ALGORITHM.md5 }).code).toBeUndefined();
    expect(allocateBy({ hash: 'sha256', algorithm: ALGORITHM.sha256 }).code).toBeUndefined();
  });
});

describe('attributes', () => {
  rule('RFC 8489 14', 'of an attribute that must come once, the first counts', () => {
    const answer = new Client(new Harness()).allocate(writer =>
      writer.uint32(Attribute.Lifetime, 700).uint32(Attribute.Lifetime, 3000),
    );
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(700);
  });
  rule('RFC 8489 14', 'padding may be anything', () => {
    expect(binding(set(25, 0xff), writer => writer.bytes(0xff01, Uint8Array.of(1)))?.code).toBeUndefined();
  });
  rule('RFC 8489 14.2', 'an IPv6 address is masked by the cookie and the transaction id', () => {
    const client = new Client(new Harness(), { address: '2001:db8::5' });
    const answer = client.raw(client.message(MessageClass.Request, Method.Binding))!;
    expect(answer.address(Attribute.XorMappedAddress)).toBe('[2001:db8::5]:40000');
  });
  rule('RFC 8489 14.3', 'USERNAME has less than 509 bytes', () => {
    expect(allocateBy({ username: 'x'.repeat(508) }).code).toBe(401);
    expect(allocateBy({ username: 'x'.repeat(509) }).code).toBe(400);
  });
  rule('RFC 8489 14.5', 'what stands behind MESSAGE-INTEGRITY is ignored', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    const request = client.signedRequest(Method.Refresh);
    const lifetime = Buffer.from('000d000400000000', 'hex');
    const longer = Buffer.concat([request, lifetime]);
    longer.writeUInt16BE(longer.length - 20, 2);
    expect(client.raw(longer)?.reader.uint32(Attribute.Lifetime)).toBe(600);
    expect(harness.server.store.size).toBe(1);
  });
  rule('RFC 8489 14.6', 'MESSAGE-INTEGRITY-SHA256 may be cut to 16 bytes, and no further', () => {
    for (const cut of [16, 20, 32]) expect(allocateBy({ cut }).code).toBeUndefined();
    for (const cut of [0, 4, 12]) expect(allocateBy({ cut }).code).not.toBeUndefined();
  });
  rule('RFC 8489 14.6', 'the response has MESSAGE-INTEGRITY-SHA256 in full length', () => {
    const { reader } = allocateBy({ cut: 16 });
    expect(reader.valueLength(reader.find(Attribute.MessageIntegritySha256))).toBe(32);
  });
  rule('RFC 8489 14.7', 'FINGERPRINT is the last attribute', () => {
    expect(binding(undefined, writer => writer.fingerprint().uint32(0xff01, 0))).toBeUndefined();
  });
  rule('RFC 8489 14.8', 'ERROR-CODE is a class of 3 to 6 and a number of 0 to 99, with zero bits before', () => {
    const word = modern().challenge().reader.uint32(Attribute.ErrorCode)!;
    expect([word >>> 11, (word >> 8) & 7, word & 0xff]).toEqual([0, 4, 1]);
  });
  rule('RFC 8489 14.10', 'NONCE has less than 128 characters', () => {
    expect(modern().freshNonce().length).toBeLessThan(128);
  });
});
