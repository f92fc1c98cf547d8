import { readInt32, readUint16 } from './big-endian';
import { CHANNEL_DATA_HEADER_LENGTH, isChannelData } from './channel-data';
import { HEADER_LENGTH, MAGIC_COOKIE } from './constants';
import { paddedLength } from './padding';

/** Most bytes that a framer ever holds back: the longest STUN message. */
export const MAX_FRAME_LENGTH = HEADER_LENGTH + 0xfffc;

const GARBAGE = -1;
const NOTHING = new Uint8Array(0);

/** One whole message, as a datagram would carry it: ChannelData without its padding. The bytes are valid during the call. */
export type OnMessage = (bytes: Uint8Array, offset: number, length: number) => void;

/**
 * Cuts a byte stream into STUN messages and ChannelData (RFC 8489 6.2.2, RFC 8656 12.5).
 *
 * What a chunk holds whole is handed out where it lies; only a message that is split over chunks is put together in a
 * buffer, which grows with what arrives, not with what its header claims.
 */
export class StreamFramer {
  private buffer = NOTHING;
  private held = 0;
  private broken = false;
  private stopped = false;
  /** Once stopped: what the chunk in hand holds behind the last message. The bytes are the chunk's own. */
  rest: Uint8Array = NOTHING;

  /** Whether a message has begun and not ended. */
  get isMidMessage(): boolean {
    return this.held > 0;
  }

  /** The message in hand is the last: what follows it in the stream is something else. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Takes the next bytes and hands out each message they complete. False if the stream is neither STUN nor ChannelData
   * here: there is no way to find the next message, so the connection is to be closed.
   */
  feed(chunk: Uint8Array, onMessage: OnMessage): boolean {
    let at = 0;
    while (at < chunk.length && !this.broken && !this.stopped) {
      at = this.held > 0 ? this.complete(chunk, at, onMessage) : this.handOut(chunk, at, onMessage);
    }
    if (this.stopped) this.rest = chunk.subarray(at);
    return !this.broken;
  }

  /** Hands out the message at the start of what is left of the chunk, or keeps its beginning. */
  private handOut(chunk: Uint8Array, at: number, onMessage: OnMessage): number {
    const available = chunk.length - at;
    const needed = this.bytesNeeded(chunk, at, available);
    if (needed > available) {
      this.hold(chunk, at, available);
      return chunk.length;
    }
    if (!this.broken) onMessage(chunk, at, messageLength(chunk, at));
    return at + needed;
  }

  /** Adds to the message begun by earlier chunks no more than belongs to it. */
  private complete(chunk: Uint8Array, at: number, onMessage: OnMessage): number {
    const missing = this.bytesNeeded(this.buffer, 0, this.held) - this.held;
    const taken = Math.min(missing, chunk.length - at);
    this.hold(chunk, at, taken);
    if (this.bytesNeeded(this.buffer, 0, this.held) === this.held) {
      const message = this.buffer;
      this.buffer = NOTHING;
      this.held = 0;
      onMessage(message, 0, messageLength(message, 0));
    }
    return at + taken;
  }

  private bytesNeeded(bytes: Uint8Array, offset: number, available: number): number {
    const needed = bytesNeeded(bytes, offset, available);
    if (needed === GARBAGE) {
      this.broken = true;
      this.buffer = NOTHING;
      this.held = 0;
    }
    return needed;
  }

  private hold(chunk: Uint8Array, at: number, length: number): void {
    const total = this.held + length;
    if (total > this.buffer.length) {
      const grown = new Uint8Array(Math.min(Math.max(total, 2 * this.buffer.length), MAX_FRAME_LENGTH));
      grown.set(this.buffer.subarray(0, this.held));
      this.buffer = grown;
    }
    this.buffer.set(chunk.subarray(at, at + length), this.held);
    this.held = total;
  }
}

/**
 * How many bytes of the frame at `offset` must be there before more can be said of it. Once the header is there, that
 * is the whole frame; so if no more than `available` are needed, the frame is complete.
 */
function bytesNeeded(bytes: Uint8Array, offset: number, available: number): number {
  const first = bytes[offset]!;
  if (isChannelData(first)) {
    if (available < CHANNEL_DATA_HEADER_LENGTH) return CHANNEL_DATA_HEADER_LENGTH;
    return CHANNEL_DATA_HEADER_LENGTH + paddedLength(readUint16(bytes, offset + 2));
  }
  if (first > 0x3f) return GARBAGE;
  if (available < 8) return 8;
  const length = readUint16(bytes, offset + 2);
  return length % 4 === 0 && readInt32(bytes, offset + 4) === MAGIC_COOKIE ? HEADER_LENGTH + length : GARBAGE;
}

/** Length of a complete message, without padding. */
function messageLength(bytes: Uint8Array, offset: number): number {
  const isChannel = isChannelData(bytes[offset]!);
  return (isChannel ? CHANNEL_DATA_HEADER_LENGTH : HEADER_LENGTH) + readUint16(bytes, offset + 2);
}
