import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Job, Measurement } from './scenario';

const GENERATOR_CPU = '1';
/** Seconds in which clients have connected, and the last datagrams have arrived. */
const SET_UP = 60;

/** The load generator, built, so that it starts at once and runs without a loader; a process of its own for each job. */
export class GeneratorProgram {
  private readonly folder = mkdtempSync(join(__dirname, '..', 'dist', 'bench-'));

  constructor() {
    for (const name of ['generator', 'allocations']) {
      const entryPoints = [join(__dirname, `${name}.ts`)];
      const outfile = join(this.folder, `${name}.cjs`);
      buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external: ['koffi'] });
    }
  }

  /** Runs traffic. @throws Error if something arrived wrong, twice, or not at all. */
  async traffic(job: Job, cpus?: string): Promise<Measurement> {
    const measurement = (await this.run(
      'generator',
      job,
      job.warmUpSeconds + job.seconds + SET_UP,
      cpus,
    )) as Measurement;
    const { wrong, duplicates, received } = measurement;
    if (wrong + duplicates > 0) throw new Error(`${wrong} wrong datagrams and ${duplicates} duplicates`);
    if (received === 0) throw new Error('nothing arrived');
    return measurement;
  }

  /** Runs a generator to its end. @returns what it wrote. */
  async run(
    name: 'generator' | 'allocations',
    job: unknown,
    limitSeconds: number,
    cpus = GENERATOR_CPU,
  ): Promise<unknown> {
    const args = ['-c', cpus, process.execPath, join(this.folder, `${name}.cjs`), JSON.stringify(job)];
    const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: limitSeconds * 1000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', text => (stdout += String(text)));
    child.stderr.on('data', text => (stderr += String(text)));
    await once(child, 'close');
    if (stdout.trim() === '') throw new Error(/^\w*Error: .*/m.exec(stderr)?.[0] ?? 'no result');
    return JSON.parse(stdout);
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
