import { isIPv4, isIPv6 } from 'node:net';

/**
 * A transport address as integers: four 32-bit words and a port.
 *
 * IPv4 is held in its IPv4-mapped form (`::ffff:a.b.c.d`), so an address has one representation only: what compares
 * equal is the same host, whichever way a packet spelt it.
 *
 * Endpoints are mutable so that one scratch object serves a whole receive loop; whoever keeps one calls `clone()`.
 */
export class Endpoint {
  /** Address words in network order, as signed 32-bit integers; `a` is the most significant. */
  a = 0;
  b = 0;
  c = 0xffff;
  d = 0;
  /** Port, 0 to 65535. */
  port = 0;

  /** Reads `192.0.2.1` or `2001:db8::1`. @throws RangeError if the text is not an IP address or the port is out of range. */
  static of(address: string, port = 0): Endpoint {
    return new Endpoint().setAddress(address, port);
  }

  setAddress(address: string, port: number): this {
    if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
      throw new RangeError(`port out of range (got ${port}): 0 to 65535`);
    }
    if (isIPv4(address)) return this.setIpv4(parseIpv4(address), port);
    if (!isIPv6(address) || address.includes('%')) {
      throw new RangeError(`not an IP address (got ${address}): an IPv4 or IPv6 address without zone`);
    }
    return this.setWords(...parseIpv6(address), port);
  }

  setIpv4(word: number, port: number): this {
    return this.setWords(0, 0, 0xffff, word, port);
  }

  setWords(a: number, b: number, c: number, d: number, port: number): this {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    this.d = d | 0;
    this.port = port;
    return this;
  }

  setPort(port: number): this {
    this.port = port;
    return this;
  }

  copyFrom(other: Endpoint): this {
    return this.setWords(other.a, other.b, other.c, other.d, other.port);
  }

  clone(): Endpoint {
    return new Endpoint().copyFrom(this);
  }

  get isIpv4(): boolean {
    return this.a === 0 && this.b === 0 && this.c === 0xffff;
  }

  /** 4 or 6, after unmapping. */
  get family(): 4 | 6 {
    return this.isIpv4 ? 4 : 6;
  }

  /** 0.0.0.0 or ::. */
  get isUnspecified(): boolean {
    return this.d === 0 && this.a === 0 && this.b === 0 && (this.c === 0xffff || this.c === 0);
  }

  sameAddress(other: Endpoint): boolean {
    return this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a;
  }

  equals(other: Endpoint): boolean {
    return this.port === other.port && this.sameAddress(other);
  }

  /** The address alone: dotted decimal, or RFC 5952 text for IPv6. */
  get address(): string {
    return this.isIpv4 ? ipv4Text(this.d) : ipv6Text([this.a, this.b, this.c, this.d]);
  }

  /** `192.0.2.1:3478` or `[2001:db8::1]:3478`. */
  toString(): string {
    return this.isIpv4 ? `${this.address}:${this.port}` : `[${this.address}]:${this.port}`;
  }
}

function parseIpv4(text: string): number {
  return text.split('.').reduce((word, byte) => (word << 8) | Number(byte), 0);
}

function parseIpv6(text: string): [number, number, number, number] {
  // A dotted tail (`::ffff:192.0.2.1`) stands for the last two groups.
  const dotted = text.lastIndexOf(':') + 1;
  if (text.includes('.')) {
    const word = parseIpv4(text.slice(dotted));
    text = `${text.slice(0, dotted)}${((word >>> 16) & 0xffff).toString(16)}:${(word & 0xffff).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right].map(g =>
    parseInt(g, 16),
  );
  const word = (i: number): number => (groups[i]! << 16) | groups[i + 1]!;
  return [word(0), word(2), word(4), word(6)];
}

function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

function ipv6Text(words: readonly number[]): string {
  const groups = words.flatMap(word => [word >>> 16, word & 0xffff]);
  // RFC 5952 4.2: the longest run of two or more zero groups becomes `::`, the first one if several are as long.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map(g => g.toString(16))
      .join(':');
  return start < 0 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}
