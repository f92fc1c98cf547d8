import { readFileSync } from 'node:fs';

/** Files that are neither relay sockets nor in proportion to them: libraries, logs, the admin servers. */
const RESERVE = 64;

/**
 * How many relay sockets this process may have: three quarters of the files it may open, the rest being for listening
 * sockets and stream clients. Undefined where the system does not tell, or sets no limit.
 */
export function relaySocketLimit(readLimits: () => string = procLimits): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readLimits())?.[1];
    return soft === undefined ? undefined : Math.max(1, Math.floor((Number(soft) * 3) / 4) - RESERVE);
  } catch {
    return undefined;
  }
}

function procLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8');
}
