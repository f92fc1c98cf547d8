import { readUint16, writeUint16 } from './big-endian';

/** RFC 8656 12.4: channel number and length, 16 bits each. */
export const CHANNEL_DATA_HEADER_LENGTH = 4;

/** Channel numbers: RFC 8656 12 ends them at 0x4FFF, RFC 5766 11 at 0x7FFF. */
export const MIN_CHANNEL = 0x4000;
export const MAX_CHANNEL = { rfc8656: 0x4fff, rfc5766: 0x7fff } as const;
export type ChannelRange = keyof typeof MAX_CHANNEL;

/** Tells ChannelData from STUN by the first byte of a message, in the wider range of the two: 64 to 127. */
export function isChannelData(firstByte: number): boolean {
  return firstByte >> 6 === 1;
}

export function isChannelNumber(number: number, range: ChannelRange): boolean {
  return number >= MIN_CHANNEL && number <= MAX_CHANNEL[range];
}

/**
 * Bytes of application data in the ChannelData message of `length` bytes at `offset`, which may be padded; the data
 * start behind the header. -1 if the message is cut short, and is to be dropped (RFC 8656 12.6).
 */
export function channelDataLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length < CHANNEL_DATA_HEADER_LENGTH) return -1;
  const dataLength = readUint16(bytes, offset + 2);
  return dataLength <= length - CHANNEL_DATA_HEADER_LENGTH ? dataLength : -1;
}

export function channelNumber(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset);
}

/** Writes the header that goes in front of `dataLength` bytes of application data. */
export function writeChannelDataHeader(bytes: Uint8Array, offset: number, channel: number, dataLength: number): void {
  writeUint16(bytes, offset, channel);
  writeUint16(bytes, offset + 2, dataLength);
}
