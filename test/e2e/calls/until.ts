import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL = 100;

/** Waits for a condition. @throws Error that names it, after a time limit in milliseconds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, limit = 20_000): Promise<void> {
  const deadline = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`no ${what} within ${limit / 1000} s`);
    await sleep(INTERVAL);
  }
}
