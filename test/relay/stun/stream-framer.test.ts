import fc from 'fast-check';
import { writeChannelDataHeader } from '../../../relay/src/stun/channel-data';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { MAX_FRAME_LENGTH, StreamFramer } from '../../../relay/src/stun/stream-framer';

function stun(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 64);
  const writer = new MessageWriter().begin(bytes, 0, MessageClass.Indication, Method.Send, new Uint8Array(12), 0);
  return bytes.slice(0, writer.bytes(Attribute.Data, data).end());
}

function channelData(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + data.length);
  writeChannelDataHeader(bytes, 0, 0x4001, data.length);
  bytes.set(data, 4);
  return bytes;
}

/** A message as it goes over a stream: padded to a multiple of four (RFC 8656 12.5). */
function onStream(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(message.length / 4) * 4);
  padded.set(message);
  return padded;
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

function feedAll(chunks: readonly Uint8Array[]): { messages: Uint8Array[]; ok: boolean; framer: StreamFramer } {
  const framer = new StreamFramer();
  const messages: Uint8Array[] = [];
  const results = chunks.map(chunk =>
    framer.feed(chunk, (bytes, at, length) => messages.push(bytes.slice(at, at + length))),
  );
  return { messages, ok: results.every(Boolean), framer };
}

function split(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.filter(cut => cut < stream.length).sort((a, b) => a - b), stream.length];
  return ends.map((end, i) => stream.slice(ends[i - 1] ?? 0, end));
}

describe('StreamFramer (RFC 8489 6.2.2, RFC 8656 12.5)', () => {
  const data = fc.uint8Array({ maxLength: 40 });
  const message = fc.oneof(data.map(stun), data.map(channelData));

  test('any split of the stream gives the same messages', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (sent, cuts) => {
        const { messages, ok, framer } = feedAll(split(concat(sent.map(onStream)), cuts));
        expect(ok).toBe(true);
        expect(messages).toEqual(sent);
        expect(framer.isMidMessage).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('byte by byte', () => {
    const sent = [stun(Uint8Array.of(1)), channelData(Uint8Array.of(1, 2, 3)), channelData(new Uint8Array(0))];
    const { messages } = feedAll([...concat(sent.map(onStream))].map(byte => Uint8Array.of(byte)));
    expect(messages).toEqual(sent);
  });

  test('what a chunk holds whole is handed out where it lies', () => {
    const [first, second] = [stun(Uint8Array.of(1, 2)), onStream(channelData(Uint8Array.of(1)))];
    const chunk = concat([first, second]);
    const seen: [Uint8Array, number, number][] = [];
    new StreamFramer().feed(chunk, (...message) => seen.push(message));
    expect(seen).toEqual([
      [chunk, 0, first.length],
      [chunk, first.length, 5],
    ]);
    for (const [bytes] of seen) expect(bytes).toBe(chunk);
  });

  test('ChannelData waits for its padding', () => {
    const framer = new StreamFramer();
    const message = channelData(Uint8Array.of(1, 2, 3, 4, 5));
    const seen: number[] = [];
    framer.feed(message, (_, __, length) => seen.push(length));
    expect(seen).toEqual([]);
    expect(framer.isMidMessage).toBe(true);
    framer.feed(new Uint8Array(3), (_, __, length) => seen.push(length));
    expect(seen).toEqual([9]);
  });

  test.each<[string, Uint8Array]>([
    ['STUN', stun(new Uint8Array(0xfff8).fill(7))],
    ['ChannelData', channelData(new Uint8Array(0xffff).fill(7))],
  ])('the longest %s passes, in pieces', (_, longest) => {
    expect(onStream(longest).length).toBeLessThanOrEqual(MAX_FRAME_LENGTH);
    const { messages, ok } = feedAll(split(onStream(longest), [3, 5, 20_000, 65_000]));
    expect(ok).toBe(true);
    expect(messages).toEqual([longest]);
  });

  test.each<[string, readonly number[]]>([
    ['a first byte that is neither', [0x80]],
    ['a reserved channel number', [0xff, 0xff, 0, 0]],
    ['a TLS ClientHello', [0x16, 3, 1, 2, 0, 1, 0, 1]],
    ['another cookie', [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43]],
    ['a length that is no multiple of four', [0, 1, 0, 2, 0x21, 0x12, 0xa4, 0x42]],
  ])('no way on after garbage: %s', (_, garbage) => {
    const good = stun(Uint8Array.of(1));
    const bytes = Uint8Array.from(garbage);
    for (const chunks of [[bytes], [concat([good, bytes])], [...bytes].map(byte => Uint8Array.of(byte))]) {
      const { ok, framer, messages } = feedAll(chunks);
      expect(ok).toBe(false);
      // Nothing is taken for a message any more, and nothing is held.
      expect(framer.feed(good, () => messages.push(good))).toBe(false);
      expect(messages).toEqual(chunks[0]!.length > good.length ? [good] : []);
      expect(framer.isMidMessage).toBe(false);
    }
  });

  test('no bytes make it fail', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), chunks => {
        for (const message of feedAll(chunks).messages) expect(message.length).toBeGreaterThanOrEqual(4);
      }),
    );
  });
});

test.each([1, 7, 1000])('after a stop the rest of the chunk is left alone, cut into pieces of %d bytes', size => {
  const last = stun(Uint8Array.of(1, 2, 3));
  const stream = concat([stun(Uint8Array.of(9)), last, Buffer.from('not STUN at all')]);
  const framer = new StreamFramer();
  const messages: Uint8Array[] = [];
  let raw = Buffer.alloc(0);
  for (let at = 0; at < stream.length; at += size) {
    const chunk = stream.slice(at, at + size);
    if (messages.length === 2) {
      raw = Buffer.concat([raw, chunk]);
      continue;
    }
    framer.feed(chunk, (bytes, from, length) => {
      if (messages.push(bytes.slice(from, from + length)) === 2) framer.stop();
    });
    raw = Buffer.from(framer.rest);
  }
  expect(messages[1]).toEqual(last);
  expect(raw.toString()).toBe('not STUN at all');
});
