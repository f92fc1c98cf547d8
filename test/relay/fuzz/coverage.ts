import { Session } from 'node:inspector';
import { type Profiler } from 'node:inspector';

/** Which blocks of the relay's code have ever run, as V8 counts them. */
export class Coverage {
  private readonly seen = new Set<string>();
  private readonly session = new Session();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  get blocks(): number {
    return this.seen.size;
  }

  /** How many blocks ran since the last call that never ran before. */
  take(): number {
    const before = this.seen.size;
    this.session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error === null) for (const script of result) this.add(script);
    });
    return this.seen.size - before;
  }

  private add({ scriptId, url, functions }: Profiler.ScriptCoverage): void {
    if (!url.includes('/relay/src/')) return;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0) this.seen.add(`${scriptId}:${startOffset}:${endOffset}`);
      }
    }
  }
}
