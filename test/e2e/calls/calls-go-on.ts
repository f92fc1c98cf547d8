import { setTimeout as sleep } from 'node:timers/promises';
import { quality } from './call-quality';
import type { EchoCall } from './echo-call';

const SECONDS = 3;

/** What calls are like while something happens, and shortly after. */
export async function during(
  calls: readonly EchoCall[],
  event: () => Promise<unknown>,
  seconds = SECONDS,
): Promise<readonly string[]> {
  await Promise.all(calls.map(call => call.mark()));
  await event();
  await sleep(seconds * 1000);
  const reports = await Promise.all(calls.map(call => call.report()));
  return reports.map(report => quality(report));
}
