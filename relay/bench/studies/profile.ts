import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { scenario } from '../scenario';
import { type Study, type StudyContext, withServer } from './study';

const LOADS = [
  '1 client, 172 B, saturated',
  '100 clients, 1200 B, bursts of 8, saturated',
  '1000 clients, 172 B, 50k/s',
  'TCP: 100 clients, 1200 B, bursts of 8, saturated',
].map(scenario);
/** Functions that are named: of the kernel, and of all else. */
const SHOWN = [4, 10] as const;
/** Seconds after which clients have connected, and what is hot is compiled. */
const WARM_UP = 6;

const run = promisify(execFile);

interface Sample {
  readonly share: number;
  readonly part: string;
  readonly name: string;
}

export const profile: Study = {
  question: 'where does the relay spend its CPU time? Needs perf, and permission for it (perf_event_paranoid)',
  async *run({ generator, seconds }: StudyContext) {
    const length = seconds || 10;
    for (const load of LOADS) {
      const samples = await withServer('relay', { ...load, nodeFlags: ['--perf-basic-prof'] }, async server => {
        const { target, pid } = server;
        const job = { scenario: load, target, pid, warmUpSeconds: WARM_UP, seconds: length, verify: false };
        try {
          const [found] = await Promise.all([
            sleep(WARM_UP * 1000).then(() => record(pid, length)),
            generator.traffic(job),
          ]);
          return found;
        } finally {
          rmSync(`/tmp/perf-${pid}.map`, { force: true });
        }
      });
      yield `${load.name}: ${parts(samples)}`;
      const [kernel, rest] = [true, false].map(is => samples.filter(({ part }) => (part === 'kernel') === is));
      for (const { share, part, name } of [...kernel!.slice(0, SHOWN[0]), ...rest!.slice(0, SHOWN[1])])
        yield `  ${percent(share)} ${part}: ${name}`;
    }
  },
};

/** Samples of all threads by the clock, for there is no other counter in most virtual machines; by share. */
async function record(pid: number, seconds: number): Promise<Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-perf-'));
  const data = join(folder, 'perf.data');
  try {
    const clock = ['-e', 'cpu-clock', '-F', '1999'];
    await run('perf', ['record', ...clock, '-p', `${pid}`, '-o', data, '--', 'sleep', `${seconds}`]);
    const form = ['--stdio', '-t', '|', '--sort', 'dso,sym', '-g', 'none'];
    const { stdout } = await run('perf', ['report', '-i', data, ...form], { maxBuffer: 64 * 1024 * 1024 });
    const rows = stdout.split('\n').filter(line => /^\s*[\d.]+%/.test(line));
    return rows.map(row => {
      const [share = '', object = '', symbol = ''] = row.split('|').map(field => field.trim());
      const name = symbol.replace(/^\[.\] /, '');
      return { share: parseFloat(share) / 100, part: partOf(object, name), name: name.replace(/\/\S*\//, '') };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function partOf(object: string, name: string): string {
  if (object.startsWith('[kernel') || name.startsWith('0xffffffff')) return 'kernel';
  if (object.startsWith('koffi')) return 'koffi';
  if (object.startsWith('libc')) return 'libc';
  // Compiled code has no file; what Node's own modules do there is named so.
  if (object.startsWith('[JIT]') || object.startsWith('perf-')) return name.includes('node:') ? 'node' : 'relay';
  // V8's built-in functions run inside the relay's, and stay in Node's binary.
  return name.startsWith('Builtins_') ? 'V8 built-ins' : 'node';
}

function parts(samples: readonly Sample[]): string {
  const shares = new Map<string, number>();
  for (const { part, share } of samples) shares.set(part, (shares.get(part) ?? 0) + share);
  return [...shares]
    .sort(([, a], [, b]) => b - a)
    .map(([part, share]) => `${part} ${percent(share)}`)
    .join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
