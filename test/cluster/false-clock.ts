import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** libfaketime, where Debian has it. */
const LIBRARY = ['x86_64', 'aarch64']
  .map(architecture => `/usr/lib/${architecture}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync);

/** Why a process cannot have a clock of its own here. */
export const NO_CLOCK = LIBRARY === undefined ? 'libfaketime (Debian: faketime)' : undefined;

/** The wall clock of a process, which can be set while it runs; its monotonic clock goes on as it does. */
export class FalseClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'clock-'));

  constructor() {
    this.set(0);
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: join(this.folder, 'clock'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** @param seconds that it is ahead of ours; it is behind if they are negative. */
  set(seconds: number): void {
    writeFileSync(join(this.folder, 'clock'), `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A process for which all time goes so many times as fast: clocks, timers and waits. */
export function hasteOf(times: number): NodeJS.ProcessEnv {
  return { LD_PRELOAD: LIBRARY, FAKETIME: `+0 x${times}` };
}
