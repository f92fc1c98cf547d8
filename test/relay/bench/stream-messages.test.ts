import type { Arena } from '../../../relay/src/io/ffi/arena';
import { StreamMessages } from '../../../relay/bench/stream-messages';

/** A ChannelData message of two bytes with its padding, a STUN message without attributes, and one more of each. */
const STREAM = Buffer.from(
  ['40000002aabb0000', '000100002112a442000102030405060708090a0b', '40010004aabbccdd', '7fff0000'].join(''),
  'hex',
);

function messagesOf(chunks: readonly Uint8Array[]): string[] {
  const bytes = new Uint8Array(512 * 1024);
  const arena = { bytes, view: new DataView(bytes.buffer), take: () => 64 } as unknown as Arena;
  const found: string[] = [];
  const messages = new StreamMessages(arena, (offset, length) =>
    found.push(Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')),
  );
  for (const chunk of chunks) messages.take(chunk);
  return found;
}

const WHOLE = ['40000002aabb', '000100002112a442000102030405060708090a0b', '40010004aabbccdd', '7fff0000'];

describe('messages of a stream', () => {
  test('come without their padding', () => {
    expect(messagesOf([STREAM])).toEqual(WHOLE);
  });

  test.each(Array.from({ length: STREAM.length - 1 }, (_, i) => i + 1))('are whole when it is cut at %d', at => {
    expect(messagesOf([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(WHOLE);
  });

  test('are whole when each byte comes alone', () => {
    expect(messagesOf([...STREAM].map(byte => Uint8Array.of(byte)))).toEqual(WHOLE);
  });

  test('cannot be longer than there is room for', () => {
    expect(() => messagesOf([new Uint8Array(300_000)])).toThrow('too much at once (got 300000 bytes)');
  });
});
