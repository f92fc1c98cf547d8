import { readFileSync } from 'node:fs';
import { scenario } from '../scenario';
import { median } from '../statistics';
import { type Study, type StudyContext, withServer } from './study';

const LOAD = scenario('1000 clients, 172 B, 50k/s');
const SECONDS = 600;
const WARM_UP = 10;

/** What `--trace-gc --trace-gc-verbose` says of a thread's collections: how long each was, and of the heap after it. */
const PAUSE = /\[\d+:(0x[0-9a-f]+)\]\s+(\d+) ms: (\S+).*? MB.*?, ([\d.]+) \//g;
const OLD_SPACE = /\[\d+:(0x[0-9a-f]+)\] Old space,\s+used:\s+(\d+) KB/g;

/** How the collector behaves as it does in service. */
export const steady: Study = {
  question: 'how long does the collector stop the relay under steady load?',
  run: context => underLoad(context, []),
};

/** Each collection is of the whole heap: what is there after it is in use. */
export const growth: Study = {
  question: 'does what is in use on the heap grow under steady load?',
  run: context => underLoad(context, ['--gc-global']),
};

async function* underLoad({ generator, seconds }: StudyContext, flags: readonly string[]): AsyncIterable<string> {
  const length = seconds || SECONDS;
  const nodeFlags = ['--trace-gc', '--trace-gc-verbose', ...flags];
  const start = performance.now();
  yield* await withServer('relay', { nodeFlags }, async ({ target, pid, output }) => {
    const resident: number[] = [];
    const watching = setInterval(() => resident.push(residentMiB(pid)), (length * 1000) / 20);
    try {
      const job = { scenario: LOAD, target, pid, warmUpSeconds: WARM_UP, seconds: length, verify: false };
      const { received, sent, lost, cpuSeconds } = await generator.traffic(job);
      const used = ((cpuSeconds / received) * 1e6).toFixed(2);
      const traffic = `${sent} datagrams, ${lost} lost, ${used} us each; resident: ${resident.map(size => size.toFixed(0)).join(' ')} MiB`;
      return [traffic, ...heaps(output(), performance.now() - start - length * 1000)];
    } finally {
      clearInterval(watching);
    }
  });
}

/** A line for each thread, of what was collected from then on: milliseconds since the server's start, nearly its threads'. */
function heaps(trace: string, from: number): string[] {
  const pauses = Map.groupBy(trace.matchAll(PAUSE), ([, isolate]) => isolate!);
  const spaces = Map.groupBy(trace.matchAll(OLD_SPACE), ([, isolate]) => isolate!);
  return [...pauses].map(([isolate, collections]) => {
    const steadily = collections.filter(([, , at]) => Number(at) > from);
    const longest = Math.max(0, ...steadily.map(match => Number(match[4])));
    const all = `heap ${isolate}: ${steadily.length} collections, longest ${longest} ms`;
    const used = (spaces.get(isolate) ?? []).slice(-steadily.length).map(match => Number(match[2]));
    if (steadily.length < 2) return all;
    const part = Math.ceil(used.length / 4);
    return `${all}; old space ${median(used.slice(0, part))} KiB in the first quarter, ${median(used.slice(-part))} KiB in the last`;
  });
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
