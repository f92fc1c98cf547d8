import { readdirSync, readFileSync } from 'node:fs';

export interface CpuTime {
  readonly seconds: number;
  readonly waitSeconds: number;
}

/** What all threads of a process have used so far, to the nanosecond. A thread that ends takes its share with it. */
export function cpuTime(pid: number): CpuTime {
  let [seconds, waitSeconds] = [0, 0];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [run, wait] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ').map(Number);
    seconds += run! / 1e9;
    waitSeconds += wait! / 1e9;
  }
  return { seconds, waitSeconds };
}
