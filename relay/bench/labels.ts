import type { Arena } from '../src/io/ffi/arena';

const MARK = 0x62656e63;
/** Bytes of application data that say what they are: a mark, client, direction, serial number, and time of sending. */
const LABEL = 24;

/** From client to peer, or back. */
export type Direction = 0 | 1;

/** What is written into each datagram, and read from it where it arrives. */
export class Labels {
  constructor(
    private readonly arena: Arena,
    private readonly size: number,
    /** Whether every byte says which datagram it belongs to. */
    private readonly fills: boolean,
  ) {}

  write(at: number, client: number, direction: Direction, serial: number): void {
    const { view, bytes } = this.arena;
    view.setUint32(at, MARK);
    view.setUint32(at + 4, client);
    view.setUint32(at + 8, direction);
    view.setUint32(at + 12, serial);
    view.setFloat64(at + 16, performance.now());
    if (this.fills) for (let i = LABEL; i < this.size; i++) bytes[at + i] = fill(client, serial, i);
  }

  /** Whether this is a datagram of ours, whole and unchanged. */
  isWhole(at: number, length: number, direction: Direction): boolean {
    const { view } = this.arena;
    if (length !== this.size || view.getUint32(at) !== MARK || view.getUint32(at + 8) !== direction) return false;
    return !this.fills || this.isFilled(at);
  }

  client(at: number): number {
    return this.arena.view.getUint32(at + 4);
  }

  serial(at: number): number {
    return this.arena.view.getUint32(at + 12);
  }

  /** Microseconds from its sending to a moment. */
  age(at: number, moment: number): number {
    return (moment - this.arena.view.getFloat64(at + 16)) * 1000;
  }

  private isFilled(at: number): boolean {
    const { bytes } = this.arena;
    const [client, serial] = [this.client(at), this.serial(at)];
    for (let i = LABEL; i < this.size; i++) if (bytes[at + i] !== fill(client, serial, i)) return false;
    return true;
  }
}

function fill(client: number, serial: number, i: number): number {
  return (client * 31 + serial * 7 + i) & 0xff;
}
