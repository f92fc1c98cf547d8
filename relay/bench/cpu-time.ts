import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc/stat, in ticks of a hundredth of a second. */
const [IDLE, IOWAIT] = [4, 5];
const TICKS = 100;

/** Seconds that each thread of a process has used so far, to the nanosecond. */
export function threadTimes(pid: number): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map(task => {
      const nanoseconds = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0];
      return [task, Number(nanoseconds) / 1e9];
    }),
  );
}

/** Of all threads together. One that ends takes its share with it. */
export function cpuTime(pid: number): number {
  return [...threadTimes(pid).values()].reduce((sum, seconds) => sum + seconds, 0);
}

/** Seconds that a CPU has been idle since the system's start. Idle time is measured, where busy time is sampled. */
export function idleTime(cpu: number): number {
  const line = new RegExp(`^cpu${cpu} .*`, 'm').exec(readFileSync('/proc/stat', 'latin1'))?.[0];
  if (line === undefined) throw new Error(`no such CPU (got ${cpu})`);
  const fields = line.split(' ').map(Number);
  return (fields[IDLE]! + fields[IOWAIT]!) / TICKS;
}
