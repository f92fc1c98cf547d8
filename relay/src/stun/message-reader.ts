import { isUtf8 } from 'node:buffer';
import type { Endpoint } from '../net/endpoint';
import { readInt32, readUint16, readUint32 } from './big-endian';
import {
  AddressFamily,
  Attribute,
  ATTRIBUTE_HEADER_LENGTH,
  COMPREHENSION_OPTIONAL,
  HEADER_LENGTH,
  MAGIC_COOKIE,
  MessageClass,
  TRANSACTION_ID_LENGTH,
  TRANSACTION_ID_OFFSET,
} from './constants';
import { paddedLength } from './padding';

/** A message with more attributes is not read: nobody needs them, and a look-up is a walk. */
export const MAX_ATTRIBUTES = 64;
/** Longest text in bytes: what RFC 8489 14.9 lets a REALM or NONCE of 127 characters need at most. */
export const MAX_TEXT_LENGTH = 763;

const NONE: readonly number[] = Object.freeze([]);

/**
 * Reads one STUN message where it lies (RFC 8489 5). One reader serves a whole receive loop: it keeps offsets, copies
 * nothing, and what it says holds until the bytes change or the next `read`.
 *
 * An attribute is named by its index. Attributes that the integrity attributes do not cover are not there at all.
 */
export class MessageReader {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the message starts in `bytes`, and its length with the header. */
  offset = 0;
  length = 0;
  method = 0;
  messageClass: MessageClass = MessageClass.Request;
  private count = 0;
  private readonly types = new Uint16Array(MAX_ATTRIBUTES);
  private readonly offsets = new Int32Array(MAX_ATTRIBUTES);
  private readonly lengths = new Uint16Array(MAX_ATTRIBUTES);

  /** Whether the range holds exactly one well-formed message. If not, nothing else here may be used. */
  read(bytes: Uint8Array, offset: number, length: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.count = 0;
    return this.readHeader() && this.readAttributes();
  }

  /** Where the 12 bytes of the transaction id start in `bytes`. */
  get transactionIdOffset(): number {
    return this.offset + TRANSACTION_ID_OFFSET;
  }

  /** A copy of the transaction id, to keep. */
  transactionId(): Uint8Array {
    return Uint8Array.from(
      this.bytes.subarray(this.transactionIdOffset, this.transactionIdOffset + TRANSACTION_ID_LENGTH),
    );
  }

  has(type: number): boolean {
    return this.find(type) >= 0;
  }

  /** Index of the first attribute of this type, the only one that counts (RFC 8489 14); -1 if there is none. */
  find(type: number): number {
    return this.findNext(type, 0);
  }

  /** Like `find`, from an index on: for the types that may come several times, such as XOR-PEER-ADDRESS. */
  findNext(type: number, from: number): number {
    for (let i = from; i < this.count; i++) {
      if (this.types[i] === type) return i;
    }
    return -1;
  }

  /** Where the value starts in `bytes`. */
  valueOffset(index: number): number {
    return this.offsets[index]!;
  }

  /** Bytes of the value, without padding. */
  valueLength(index: number): number {
    return this.lengths[index]!;
  }

  /** The value where it lies: a view that holds as long as the message does. */
  value(index: number): Uint8Array {
    const start = this.valueOffset(index);
    return this.bytes.subarray(start, start + this.valueLength(index));
  }

  /** The leading byte of a value; undefined if there is no such attribute or it is shorter. */
  uint8(type: number): number | undefined {
    const index = this.findAtLeast(type, 1);
    return index < 0 ? undefined : this.bytes[this.valueOffset(index)];
  }

  /** The leading 16 bits of a value; undefined if there is no such attribute or it is shorter. */
  uint16(type: number): number | undefined {
    const index = this.findAtLeast(type, 2);
    return index < 0 ? undefined : readUint16(this.bytes, this.valueOffset(index));
  }

  /** The leading 32 bits of a value; undefined if there is no such attribute or it is shorter. */
  uint32(type: number): number | undefined {
    const index = this.findAtLeast(type, 4);
    return index < 0 ? undefined : readUint32(this.bytes, this.valueOffset(index));
  }

  /** The value as text; undefined if there is none, it is longer than `MAX_TEXT_LENGTH` bytes or not UTF-8. */
  text(type: number): string | undefined {
    const index = this.find(type);
    if (index < 0 || this.valueLength(index) > MAX_TEXT_LENGTH) return undefined;
    const start = this.valueOffset(index);
    const value = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, this.valueLength(index));
    return isUtf8(value) ? value.toString('utf8') : undefined;
  }

  /** Reads an XOR address attribute (RFC 8489 14.2). False, and `into` unchanged, if it is not well-formed. */
  xorAddress(index: number, into: Endpoint): boolean {
    const { bytes } = this;
    const at = this.valueOffset(index);
    const family = this.valueLength(index) >= 4 ? bytes[at + 1] : undefined;
    const port = readUint16(bytes, at + 2) ^ (MAGIC_COOKIE >>> 16);
    if (family === AddressFamily.Ipv4 && this.valueLength(index) === 8) {
      into.setIpv4(readInt32(bytes, at + 4) ^ MAGIC_COOKIE, port);
      return true;
    }
    if (family === AddressFamily.Ipv6 && this.valueLength(index) === 20) {
      // The mask is the cookie and the transaction id, as they stand in the header.
      const mask = this.offset + 4;
      into.setWords(
        readInt32(bytes, at + 4) ^ readInt32(bytes, mask),
        readInt32(bytes, at + 8) ^ readInt32(bytes, mask + 4),
        readInt32(bytes, at + 12) ^ readInt32(bytes, mask + 8),
        readInt32(bytes, at + 16) ^ readInt32(bytes, mask + 12),
        port,
      );
      return true;
    }
    return false;
  }

  /** Types that must be understood and are not in `known`, each once, for UNKNOWN-ATTRIBUTES (RFC 8489 6.3.1). */
  unknownRequired(known: ReadonlySet<number>): readonly number[] {
    let unknown: number[] | undefined;
    for (let i = 0; i < this.count; i++) {
      const type = this.types[i]!;
      if (type >= COMPREHENSION_OPTIONAL || known.has(type)) continue;
      unknown ??= [];
      if (!unknown.includes(type)) unknown.push(type);
    }
    return unknown ?? NONE;
  }

  private readHeader(): boolean {
    const { bytes, offset, length } = this;
    if (length < HEADER_LENGTH || offset < 0 || offset + length > bytes.length) return false;
    const type = readUint16(bytes, offset);
    if (type > 0x3fff) return false;
    // The two class bits stand between the bits of the method (RFC 8489 5, figure 3).
    this.method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
    this.messageClass = (((type & 0x0100) >> 7) | ((type & 0x0010) >> 4)) as MessageClass;
    const declared = readUint16(bytes, offset + 2);
    return declared === length - HEADER_LENGTH && declared % 4 === 0 && readInt32(bytes, offset + 4) === MAGIC_COOKIE;
  }

  private readAttributes(): boolean {
    const { bytes } = this;
    const end = this.offset + this.length;
    let walked = 0;
    let last: number | undefined;
    for (let at = this.offset + HEADER_LENGTH; at < end; walked++) {
      const type = readUint16(bytes, at);
      const valueLength = readUint16(bytes, at + 2);
      const value = at + ATTRIBUTE_HEADER_LENGTH;
      at = value + paddedLength(valueLength);
      if (at > end || walked === MAX_ATTRIBUTES) return false;
      if (!mayFollow(last, type)) continue;
      if (closesMessage(type)) last = type;
      this.types[this.count] = type;
      this.offsets[this.count] = value;
      this.lengths[this.count] = valueLength;
      this.count++;
    }
    return true;
  }

  private findAtLeast(type: number, valueLength: number): number {
    const index = this.find(type);
    return index >= 0 && this.valueLength(index) >= valueLength ? index : -1;
  }
}

function closesMessage(type: number): boolean {
  return (
    type === Attribute.MessageIntegrity || type === Attribute.MessageIntegritySha256 || type === Attribute.Fingerprint
  );
}

/** Whether an attribute counts behind the last closing one (RFC 8489 14.5 to 14.7): what nothing covers is ignored. */
function mayFollow(closing: number | undefined, type: number): boolean {
  switch (closing) {
    case undefined:
      return true;
    case Attribute.MessageIntegrity:
      return type === Attribute.MessageIntegritySha256 || type === Attribute.Fingerprint;
    case Attribute.MessageIntegritySha256:
      return type === Attribute.Fingerprint;
    default:
      return false;
  }
}
