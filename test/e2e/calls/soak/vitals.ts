import { readdirSync, readFileSync } from 'node:fs';
import type { RelayPod } from '../relay-pod';

/** What a relay holds at a moment: all of it is to be given back once its calls have ended. */
export interface Vitals {
  readonly allocations: number;
  readonly descriptors: number;
  readonly udpSockets: number;
  /** By the relay's own count: those of its stream listeners, and the sockets of the others. */
  readonly connections: number;
  /** Resident memory, in MiB. */
  readonly memory: number;
}

/** Mebibytes: what the heap of a process that has seen every kind of call may grow by. */
const MEMORY_SLACK = 48;

export async function vitalsOf(relay: RelayPod): Promise<Vitals> {
  const metrics = await relay.metrics();
  const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${relay.pid}/status`, 'utf8'))!;
  return {
    allocations: metrics.allocations,
    descriptors: readdirSync(`/proc/${relay.pid}/fd`).length,
    udpSockets: relay.host.run('ss', ['-Huan']).split('\n').filter(Boolean).length,
    connections: metrics.sum('stunner_listener_connections'),
    memory: Math.round(Number(resident) / 1024),
  };
}

/** What has not been given back: nothing, if all is well. */
export function leaks(before: Vitals, after: Vitals): readonly string[] {
  const counts = ['allocations', 'descriptors', 'udpSockets', 'connections'] as const;
  const left = counts
    .filter(name => after[name] > before[name])
    .map(name => `${name}: ${before[name]} before, ${after[name]} after`);
  const grown = after.memory - before.memory;
  return grown > MEMORY_SLACK ? [...left, `memory: ${before.memory} MiB before, ${after.memory} MiB after`] : left;
}
