import { Traffic } from '../turn/traffic';
import { counterMemory, type CounterPlace, type CounterTable } from './shared-counters';

interface Running {
  readonly cells: Float64Array;
  readonly places: CounterPlace[];
}

/** What all workers of a relay count, read where they write it; and those that have ended: a counter never goes back. */
export class WorkerReports {
  private readonly running = new Map<number, Running>();
  /** Of workers that have ended: by table, then by name. */
  private readonly past = new Map<CounterTable, Map<string, number[]>>();

  /** Memory for a worker to count in. @param worker a number of its own for each thread that ever ran */
  begin(worker: number): SharedArrayBuffer {
    const memory = counterMemory();
    this.running.set(worker, { cells: new Float64Array(memory), places: [] });
    return memory;
  }

  /** A worker counts something new. */
  placed(worker: number, place: CounterPlace): void {
    this.running.get(worker)?.places.push(place);
  }

  /** The worker is gone, and its allocations with it. */
  ended(worker: number): void {
    const ended = this.running.get(worker);
    if (ended === undefined) return;
    this.running.delete(worker);
    for (const place of ended.places) {
      if (place.table === 'gauges') continue;
      const table = this.past.get(place.table) ?? new Map<string, number[]>();
      this.past.set(place.table, table);
      add(table, ended, place);
    }
  }

  get allocations(): number {
    return this.sums('gauges').get('allocations')?.[0] ?? 0;
  }

  get authenticationFailures(): number {
    return this.sums('totals').get('authentication failures')?.[0] ?? 0;
  }

  numbers(
    table: 'drops' | 'refusals' | 'denials' | 'datagrams',
    own: Iterable<readonly [string, number]>,
  ): Map<string, number> {
    const total = new Map<string, number>(own);
    for (const [name, [number = 0]] of this.sums(table)) total.set(name, (total.get(name) ?? 0) + number);
    return total;
  }

  traffic(table: 'listeners' | 'routes', own: Iterable<readonly [string, Traffic]>): Map<string, Traffic> {
    const total = new Map<string, Traffic>();
    for (const [name, { rxPackets, rxBytes, txPackets, txBytes }] of own) {
      addTraffic(total, name, [rxPackets, rxBytes, txPackets, txBytes]);
    }
    for (const [name, numbers] of this.sums(table)) addTraffic(total, name, numbers);
    return total;
  }

  private sums(table: CounterTable): Map<string, number[]> {
    const sums = new Map([...(this.past.get(table) ?? [])].map(([name, numbers]) => [name, [...numbers]]));
    for (const each of this.running.values()) {
      for (const place of each.places) if (place.table === table) add(sums, each, place);
    }
    return sums;
  }
}

function add(sums: Map<string, number[]>, { cells }: Running, { name, at, size }: CounterPlace): void {
  const sum = sums.get(name) ?? new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) sum[i]! += cells[at + i]!;
  sums.set(name, sum);
}

function addTraffic(total: Map<string, Traffic>, name: string, numbers: readonly number[]): void {
  const traffic = total.get(name) ?? new Traffic();
  const [rxPackets = 0, rxBytes = 0, txPackets = 0, txBytes = 0] = numbers;
  traffic.rxPackets += rxPackets;
  traffic.rxBytes += rxBytes;
  traffic.txPackets += txPackets;
  traffic.txBytes += txBytes;
  total.set(name, traffic);
}
