import { cpuTime, idleTime } from './cpu-time';
import type { Job, Measurement } from './scenario';

export type CpuUse = Pick<Measurement, 'seconds' | 'cpuSeconds' | 'generatorSeconds' | 'othersSeconds'>;

/** From its making on, what the server, this process and others take. */
export class CpuWindow {
  private readonly start: number;
  private readonly serverStart: number;
  private readonly ownStart: number;
  private readonly idleStart: readonly number[];

  constructor(private readonly job: Pick<Job, 'pid' | 'cpus'>) {
    this.idleStart = job.cpus?.map(idleTime) ?? [];
    this.serverStart = cpuTime(job.pid);
    this.ownStart = cpuTime(process.pid);
    this.start = performance.now();
  }

  end(): CpuUse {
    const seconds = (performance.now() - this.start) / 1000;
    const cpuSeconds = cpuTime(this.job.pid) - this.serverStart;
    const generatorSeconds = cpuTime(process.pid) - this.ownStart;
    const idle = this.job.cpus?.map((cpu, i) => idleTime(cpu) - this.idleStart[i]!) ?? [seconds, seconds];
    const othersSeconds = [
      Math.max(0, seconds - idle[0]! - cpuSeconds),
      Math.max(0, seconds - idle[1]! - generatorSeconds),
    ] as const;
    return { seconds, cpuSeconds, generatorSeconds, othersSeconds };
  }
}
