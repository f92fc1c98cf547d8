import type { Endpoint } from '../net/endpoint';
import { readInt32, writeUint16, writeUint32 } from './big-endian';
import {
  AddressFamily,
  Attribute,
  ATTRIBUTE_HEADER_LENGTH,
  HEADER_LENGTH,
  MAGIC_COOKIE,
  type MessageClass,
  TRANSACTION_ID_LENGTH,
  TRANSACTION_ID_OFFSET,
} from './constants';
import { fingerprint, FINGERPRINT_LENGTH, INTEGRITY_SHA1, messageHmac } from './integrity';
import { paddedLength, writePadding } from './padding';

const MAX_VALUE_LENGTH = 0xffff;
const encoder = new TextEncoder();

/**
 * Writes one STUN message into the caller's bytes (RFC 8489 5): `begin`, attributes in order, `end`. Reusable.
 *
 * @throws RangeError from any attribute that does not fit: a buffer too small is a fault of this program, never of input.
 */
export class MessageWriter {
  private bytesOut: Uint8Array = new Uint8Array(0);
  private start = 0;
  private at = 0;

  /** The transaction id is 12 bytes of `idSource`, which may lie in `bytes` itself as long as it is not overwritten. */
  begin(
    bytes: Uint8Array,
    offset: number,
    messageClass: MessageClass,
    method: number,
    idSource: Uint8Array,
    idOffset: number,
  ): this {
    if (offset + HEADER_LENGTH > bytes.length) throw tooSmall(HEADER_LENGTH, bytes.length - offset);
    this.bytesOut = bytes;
    this.start = offset;
    this.at = offset + HEADER_LENGTH;
    writeUint16(bytes, offset, typeWord(messageClass, method));
    writeUint32(bytes, offset + 4, MAGIC_COOKIE);
    for (let i = 0; i < TRANSACTION_ID_LENGTH; i++) bytes[offset + TRANSACTION_ID_OFFSET + i] = idSource[idOffset + i]!;
    return this;
  }

  /** An attribute that says all by being there, such as DONT-FRAGMENT. */
  empty(type: number): this {
    this.attribute(type, 0);
    return this;
  }

  uint32(type: number, value: number): this {
    writeUint32(this.bytesOut, this.attribute(type, 4), value);
    return this;
  }

  bytes(type: number, source: Uint8Array, from = 0, length = source.length - from): this {
    const value = this.attribute(type, length);
    this.bytesOut.set(source.subarray(from, from + length), value);
    return this;
  }

  /**
   * An attribute whose value is in its place already: its header goes in front of it. So the DATA of a Data indication
   * is sent from where it was received.
   */
  inPlace(type: number, length: number): this {
    this.attribute(type, length);
    return this;
  }

  text(type: number, text: string): this {
    return this.bytes(type, encoder.encode(text));
  }

  /** RFC 8489 14.2. */
  xorAddress(type: number, endpoint: Endpoint): this {
    const bytes = this.bytesOut;
    const { isIpv4 } = endpoint;
    const value = this.attribute(type, isIpv4 ? 8 : 20);
    writeUint16(bytes, value, isIpv4 ? AddressFamily.Ipv4 : AddressFamily.Ipv6);
    writeUint16(bytes, value + 2, endpoint.port ^ (MAGIC_COOKIE >>> 16));
    if (isIpv4) {
      writeUint32(bytes, value + 4, endpoint.d ^ MAGIC_COOKIE);
      return this;
    }
    // The mask is the cookie and the transaction id, as they stand in the header.
    const mask = this.start + 4;
    writeUint32(bytes, value + 4, endpoint.a ^ readInt32(bytes, mask));
    writeUint32(bytes, value + 8, endpoint.b ^ readInt32(bytes, mask + 4));
    writeUint32(bytes, value + 12, endpoint.c ^ readInt32(bytes, mask + 8));
    writeUint32(bytes, value + 16, endpoint.d ^ readInt32(bytes, mask + 12));
    return this;
  }

  /** An address as it is, for ALTERNATE-SERVER and the like (RFC 8489 14.1). */
  address(type: number, endpoint: Endpoint): this {
    const bytes = this.bytesOut;
    const { isIpv4 } = endpoint;
    const value = this.attribute(type, isIpv4 ? 8 : 20);
    writeUint16(bytes, value, isIpv4 ? AddressFamily.Ipv4 : AddressFamily.Ipv6);
    writeUint16(bytes, value + 2, endpoint.port);
    const words = isIpv4 ? [endpoint.d] : [endpoint.a, endpoint.b, endpoint.c, endpoint.d];
    words.forEach((word, i) => writeUint32(bytes, value + 4 + 4 * i, word));
    return this;
  }

  /** RFC 8489 14.8. @param reason may be empty, which makes a smaller answer to a forged sender. @default '' */
  errorCode(code: number, reason = ''): this {
    const phrase = encoder.encode(reason);
    const value = this.attribute(Attribute.ErrorCode, 4 + phrase.length);
    writeUint32(this.bytesOut, value, (Math.trunc(code / 100) << 8) | (code % 100));
    this.bytesOut.set(phrase, value + 4);
    return this;
  }

  /** RFC 8489 14.13. */
  unknownAttributes(types: readonly number[]): this {
    const value = this.attribute(Attribute.UnknownAttributes, 2 * types.length);
    types.forEach((type, i) => writeUint16(this.bytesOut, value + 2 * i, type));
    return this;
  }

  /** An integrity attribute over all so far (RFC 8489 14.5, 14.6). Only a better one and `fingerprint` may follow. */
  messageIntegrity(key: Uint8Array, integrity = INTEGRITY_SHA1): this {
    return this.bytes(integrity.attribute, messageHmac(integrity, key, this.bytesOut, this.start, this.at));
  }

  /** FINGERPRINT over all so far (RFC 8489 14.7). Nothing may follow. */
  fingerprint(): this {
    const end = this.at;
    const value = this.attribute(Attribute.Fingerprint, FINGERPRINT_LENGTH);
    this.end();
    writeUint32(this.bytesOut, value, fingerprint(this.bytesOut, this.start, end));
    return this;
  }

  /** Completes the header. @returns the length of the message in bytes. */
  end(): number {
    const length = this.at - this.start;
    writeUint16(this.bytesOut, this.start + 2, length - HEADER_LENGTH);
    return length;
  }

  /** Writes header and padding of an attribute. @returns where its value goes. */
  private attribute(type: number, length: number): number {
    const value = this.at + ATTRIBUTE_HEADER_LENGTH;
    const next = value + paddedLength(length);
    if (next > this.bytesOut.length || next - this.start - HEADER_LENGTH > MAX_VALUE_LENGTH) {
      throw tooSmall(next - this.start, this.bytesOut.length - this.start);
    }
    writeUint16(this.bytesOut, this.at, type);
    writeUint16(this.bytesOut, this.at + 2, length);
    writePadding(this.bytesOut, value, length);
    this.at = next;
    return value;
  }
}

/** The class bits stand between the bits of the method (RFC 8489 5, figure 3). */
function typeWord(messageClass: MessageClass, method: number): number {
  const m = (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
  return m | ((messageClass & 2) << 7) | ((messageClass & 1) << 4);
}

function tooSmall(needed: number, available: number): RangeError {
  return new RangeError(
    `STUN message too long (got ${needed} bytes): at most ${available} and 65,552; pass a larger buffer`,
  );
}
