/** Attributes (RFC 8489 14), and ChannelData on a stream (RFC 8656 12.5), end on a multiple of four bytes. */

/** `length`, rounded up to a multiple of four. */
export function paddedLength(length: number): number {
  return (length + 3) & ~3;
}

/** Zeroes the padding behind a value, so that nothing an earlier packet left there gets out. */
export function writePadding(bytes: Uint8Array, valueOffset: number, valueLength: number): void {
  bytes.fill(0, valueOffset + valueLength, valueOffset + paddedLength(valueLength));
}
