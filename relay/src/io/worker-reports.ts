import { Traffic } from '../turn/traffic';
import type { Numbers, TrafficReport, WorkerReport } from './worker-messages';

type NumberKey = 'drops' | 'refusals' | 'denials' | 'datagrams';
type TrafficKey = 'listeners' | 'routes';

/** What all workers of a relay have counted, those that have ended too: a counter never goes back. */
export class WorkerReports {
  private readonly latest = new Map<number, WorkerReport>();

  /** @param worker a number of its own for each thread that ever ran */
  set(worker: number, report: WorkerReport): void {
    this.latest.set(worker, report);
  }

  /** The worker is gone, and its allocations with it. */
  ended(worker: number): void {
    const last = this.latest.get(worker);
    if (last !== undefined) this.latest.set(worker, { ...last, allocations: 0 });
  }

  get allocations(): number {
    return this.sum(({ allocations }) => allocations);
  }

  get authenticationFailures(): number {
    return this.sum(({ authenticationFailures }) => authenticationFailures);
  }

  numbers(key: NumberKey, own: Iterable<readonly [string, number]>): Map<string, number> {
    const total = new Map<string, number>(own);
    for (const report of this.latest.values()) addNumbers(total, report[key]);
    return total;
  }

  traffic(key: TrafficKey, own: Iterable<readonly [string, TrafficReport]>): Map<string, Traffic> {
    const total = new Map<string, Traffic>();
    addTraffic(total, own);
    for (const report of this.latest.values()) addTraffic(total, report[key]);
    return total;
  }

  private sum(of: (report: WorkerReport) => number): number {
    let sum = 0;
    for (const report of this.latest.values()) sum += of(report);
    return sum;
  }
}

function addNumbers(total: Map<string, number>, numbers: Numbers): void {
  for (const [name, number] of numbers) total.set(name, (total.get(name) ?? 0) + number);
}

function addTraffic(total: Map<string, Traffic>, reports: Iterable<readonly [string, TrafficReport]>): void {
  for (const [name, report] of reports) {
    const traffic = total.get(name) ?? new Traffic();
    traffic.rxPackets += report.rxPackets;
    traffic.rxBytes += report.rxBytes;
    traffic.txPackets += report.txPackets;
    traffic.txBytes += report.txBytes;
    total.set(name, traffic);
  }
}
