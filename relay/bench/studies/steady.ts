import { readFileSync } from 'node:fs';
import { scenario } from '../scenario';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const LOAD = scenario('1000 clients, 172 B, 50k/s');
const SECONDS = 600;

/** One line of `--trace-gc`: isolate, milliseconds since its start, kind, MiB before and after, milliseconds of pause. */
const COLLECTION =
  /\[\d+:(0x[0-9a-f]+)\]\s+(\d+) ms: (\S+).*?([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB.*?, ([\d.]+) \//g;

export const steady: Study = {
  question: 'does the heap grow, and how long does its collector stop the relay?',
  async *run({ generator, seconds }: StudyContext) {
    const length = seconds || SECONDS;
    yield* await withServer('relay', { nodeFlags: ['--trace-gc'] }, async ({ target, pid, output }) => {
      const resident: number[] = [];
      const watching = setInterval(() => resident.push(residentMiB(pid)), (length * 1000) / 20);
      try {
        await generator.traffic({ scenario: LOAD, target, pid, warmUpSeconds: 10, seconds: length, verify: false });
      } finally {
        clearInterval(watching);
      }
      return [...heaps(output()), `resident: ${resident.map(size => size.toFixed(0)).join(' ')} MiB`];
    });
  },
};

/** A line for each thread. */
function heaps(trace: string): string[] {
  const byIsolate = Map.groupBy(trace.matchAll(COLLECTION), ([, isolate]) => isolate!);
  return [...byIsolate].map(([isolate, collections]) => {
    const pauses = collections.map(match => Number(match[6]));
    // What start and warm-up leave is collected later; the heap is what stays after the last few.
    const after = collections.map(match => Number(match[5]));
    const [early, late] = [after.slice(3, 8), after.slice(-5)];
    const worst = Math.max(...pauses);
    return `heap ${isolate}: ${collections.length} collections, longest ${worst} ms; ${median(early)} MiB early, ${median(late)} MiB late`;
  });
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
