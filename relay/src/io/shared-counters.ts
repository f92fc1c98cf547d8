import type { Traffic } from '../turn/traffic';

/** `gauges` end with their worker; all else only ever grows. `listeners` and `routes` have four numbers by name, others one. */
export type CounterTable =
  'gauges' | 'totals' | 'drops' | 'refusals' | 'denials' | 'datagrams' | 'listeners' | 'routes';

/** Where the numbers of a name are. */
export interface CounterPlace {
  readonly table: CounterTable;
  readonly name: string;
  readonly at: number;
  readonly size: number;
}

const FIRST_BYTES = 16 * 1024;
/** Names that come on top are not counted: some hundred thousand routes. */
const MOST_BYTES = 16 * 1024 * 1024;

export function counterMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: MOST_BYTES });
}

/**
 * What one worker counts, for others to read whenever they like. It alone writes; eight aligned bytes are stored at once
 * on the processors that it runs on, so a number is never read half old, half new.
 */
export class CounterWriter {
  private readonly cells: Float64Array;
  private readonly places = new Map<CounterTable, Map<string, number>>();
  private used = 0;

  /** @param placed told of each name once, before its first number */
  constructor(
    private readonly memory: SharedArrayBuffer,
    private readonly placed: (place: CounterPlace) => void,
  ) {
    this.cells = new Float64Array(memory);
  }

  number(table: CounterTable, name: string, value: number): void {
    const at = this.place(table, name, 1);
    if (at >= 0) this.cells[at] = value;
  }

  traffic(table: CounterTable, name: string, { rxPackets, rxBytes, txPackets, txBytes }: Traffic): void {
    const at = this.place(table, name, 4);
    if (at < 0) return;
    this.cells[at] = rxPackets;
    this.cells[at + 1] = rxBytes;
    this.cells[at + 2] = txPackets;
    this.cells[at + 3] = txBytes;
  }

  private place(table: CounterTable, name: string, size: number): number {
    let places = this.places.get(table);
    if (places === undefined) this.places.set(table, (places = new Map<string, number>()));
    const known = places.get(name);
    if (known !== undefined) return known;
    const at = this.hasRoom(size) ? this.used : -1;
    places.set(name, at);
    if (at < 0) return at;
    this.used += size;
    this.placed({ table, name, at, size });
    return at;
  }

  private hasRoom(size: number): boolean {
    const { byteLength, maxByteLength } = this.memory;
    if (this.used + size <= this.cells.length) return true;
    if (byteLength === maxByteLength) return false;
    this.memory.grow(Math.min(2 * byteLength, maxByteLength));
    return true;
  }
}
