import {
  channelDataLength,
  channelNumber,
  isChannelData,
  isChannelNumber,
  MAX_CHANNEL,
  MIN_CHANNEL,
  writeChannelDataHeader,
} from '../../../relay/src/stun/channel-data';

describe('ChannelData (RFC 8656 12)', () => {
  test('begins with a byte from 64 to 127; everything else does not', () => {
    const firstBytes = Array.from({ length: 256 }, (_, byte) => byte).filter(isChannelData);
    expect(firstBytes).toEqual(Array.from({ length: 64 }, (_, i) => 64 + i));
  });

  test.each([
    ['rfc8656', 0x3fff, false],
    ['rfc8656', MIN_CHANNEL, true],
    ['rfc8656', MAX_CHANNEL.rfc8656, true],
    ['rfc8656', 0x5000, false],
    ['rfc5766', 0x5000, true],
    ['rfc5766', MAX_CHANNEL.rfc5766, true],
    ['rfc5766', 0x8000, false],
  ] as const)('under %s channel %d may be bound: %s', (range, number, bindable) => {
    expect(isChannelNumber(number, range)).toBe(bindable);
  });

  test('what is written is read', () => {
    const bytes = new Uint8Array(3 + 4 + 0xffff);
    writeChannelDataHeader(bytes, 3, 0x4abc, 0xffff);
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0, 0, 0x4a, 0xbc, 0xff, 0xff, 0]);
    expect(channelNumber(bytes, 3)).toBe(0x4abc);
    expect(channelDataLength(bytes, 3, 4 + 0xffff)).toBe(0xffff);
  });

  test.each([
    ['empty data', 0, 4, 0],
    ['exact', 5, 9, 5],
    ['padded', 5, 12, 5],
    ['cut by one byte', 5, 8, -1],
    ['no whole header', 0, 3, -1],
    ['no bytes', 0, 0, -1],
  ])('%s', (_, dataLength, length, expected) => {
    const bytes = new Uint8Array(64);
    writeChannelDataHeader(bytes, 0, MIN_CHANNEL, dataLength);
    expect(channelDataLength(bytes, 0, length)).toBe(expected);
  });
});
