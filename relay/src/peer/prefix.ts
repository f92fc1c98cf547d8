import { isIP } from 'node:net';
import { Endpoint } from '../net/endpoint';

/** Length of ::ffff:0:0/96, the block in which an Endpoint holds IPv4. */
const IPV4_BLOCK = 96;

/**
 * A block of addresses, such as `10.0.0.0/8`, `2001:db8::/32` or a single address.
 *
 * The families stay apart: `::/0` is every IPv6 address and no IPv4 one, though `::ffff:0:0/96` lies within it.
 */
export class Prefix {
  private constructor(
    /** First address of the block, port 0. */
    readonly network: Endpoint,
    /** Length in the 128-bit space of Endpoint, 0 to 128: `10.0.0.0/8` has 104, for IPv4 lives in ::ffff:0:0/96. */
    readonly bits: number,
  ) {}

  /**
   * Reads `10.0.0.0/8`, `10.0.0.1`, `2001:db8::/32` or `2001:db8::1`; IPv4-mapped text is IPv4.
   * @throws RangeError if the text is none of these, or has bits set behind the length.
   */
  static parse(text: string): Prefix {
    const { endpoint, bits } = readPrefix(text);
    const prefix = Prefix.covering(endpoint, bits);
    if (!prefix.network.sameAddress(endpoint)) {
      const [address = '', length = ''] = text.split('/');
      throw new RangeError(
        `prefix has bits set behind its length (got ${text}): the first address of the block; ` +
          `write ${prefix.network.address}/${length} for the block, or ${address} for one address`,
      );
    }
    return prefix;
  }

  /** Reads what `parse` reads; with bits set behind the length it is the block around the address. @throws RangeError */
  static parseAround(text: string): Prefix {
    const { endpoint, bits } = readPrefix(text);
    return Prefix.covering(endpoint, bits);
  }

  /** The block of the given length, 0 to 128 in the space of Endpoint, that the endpoint's address is in. */
  static covering(endpoint: Endpoint, bits: number): Prefix {
    const { a, b, c, d } = endpoint;
    return new Prefix(
      new Endpoint().setWords(a & mask(bits, 0), b & mask(bits, 32), c & mask(bits, 64), d & mask(bits, 96), 0),
      bits,
    );
  }

  contains(endpoint: Endpoint): boolean {
    const { network, bits } = this;
    return (
      ((endpoint.a ^ network.a) & mask(bits, 0)) === 0 &&
      ((endpoint.b ^ network.b) & mask(bits, 32)) === 0 &&
      ((endpoint.c ^ network.c) & mask(bits, 64)) === 0 &&
      ((endpoint.d ^ network.d) & mask(bits, 96)) === 0 &&
      (bits >= IPV4_BLOCK || !endpoint.isIpv4)
    );
  }

  /** Text that `parse` reads; a single address stands without length. */
  toString(): string {
    if (this.bits === 128) return this.network.address;
    return `${this.network.address}/${this.network.isIpv4 ? this.bits - IPV4_BLOCK : this.bits}`;
  }
}

/** An address, and how many of its 128 bits are a prefix. */
function readPrefix(text: string): { readonly endpoint: Endpoint; readonly bits: number } {
  const [address = '', length, ...rest] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0 || (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length))) {
    throw new RangeError(
      `not an address prefix (got ${text}): an IPv4 or IPv6 address without zone or leading zeros, and /length; ` +
        'write 10.0.0.0/8, 2001:db8::/32 or a single address',
    );
  }
  const width = version === 4 ? 32 : 128;
  const bits = 128 - width + Number(length ?? width);
  if (bits > 128) {
    throw new RangeError(
      `prefix length out of range (got ${text}): 0 to ${width} for IPv${version}; write ${address}/${width} for one address`,
    );
  }
  return { endpoint: Endpoint.of(address), bits };
}

/** The part of a prefix mask that falls in the 32-bit word beginning at bit `start`. */
function mask(bits: number, start: number): number {
  const length = bits - start;
  if (length >= 32) return -1;
  return length <= 0 ? 0 : -1 << (32 - length);
}
