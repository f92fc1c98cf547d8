import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../log/logger';
import { TokenBucket } from '../turn/token-bucket';
import { FIELD_MANAGER, MERGE_PATCH, refusalText, type Api } from './api';
import type { JsonMap } from './json';
import { liveObject, pathOf, rightToWrite, type LiveObject } from './live-object';
import { Patience } from './patience';
import type { StatusTarget } from './status-target';

/** Writes in a second on average, and at once: a controller's usual share of an API server. */
const WRITES_PER_SECOND = 20;
const BURST = 50;
/** A right that is missing is not missing for good: an API server that has just begun has not read its roles yet. */
const FORBIDDEN_MS = 30_000;
const LONGEST_OUTAGE_MS = 60_000;
/** Milliseconds of comparing without a pause. */
const COMPARING_MS = 5;

export interface StatusWriterOptions {
  readonly api: Api;
  readonly logger: Logger;
  /** Asked before every write. */
  readonly mayWrite: () => boolean;
  /** Told of every status that was written. */
  readonly written?: (object: LiveObject, status: JsonMap) => void;
}

/**
 * Brings the status of objects to what it should be: one write after the other, at a bounded rate, none where nothing
 * changes. Each write names the version it was made from: if others wrote meanwhile it is refused, and made anew from
 * what they wrote.
 */
export class StatusWriter {
  private readonly waiting = new Map<string, StatusTarget>();
  /** Our last write of an object, until others can be seen to follow it. */
  private readonly sent = new Map<string, { readonly from: string; readonly object: LiveObject }>();
  /** Targets that were found to be as wanted, which they stay: another version is another target. */
  private readonly settled = new WeakSet<StatusTarget>();
  private readonly forbidden = new Map<string, number>();
  private readonly patience = new Patience();
  private readonly budget = new TokenBucket(WRITES_PER_SECOND, BURST, now());
  private comparing: NodeJS.Immediate | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;
  private isClosed = false;
  private outageMs = 0;
  private outageEnds = 0;

  constructor(private readonly options: StatusWriterOptions) {}

  /** Takes the place of what was wanted before. Thousands are compared bit by bit: this thread serves clients, too. */
  want(targets: readonly StatusTarget[]): void {
    this.waiting.clear();
    clearImmediate(this.comparing);
    const keys = new Set(targets.map(({ object }) => object.key));
    for (const key of this.sent.keys()) if (!keys.has(key)) this.sent.delete(key);
    this.compare(targets.filter(target => !this.settled.has(target)));
  }

  private compare(targets: readonly StatusTarget[]): void {
    const start = now();
    let done = 0;
    for (const target of targets) {
      const key = target.object.key;
      const { status } = this.latest(key, target.object);
      if (isDeepStrictEqual(target.merge(status, ''), status)) this.settled.add(target);
      else this.waiting.set(key, target);
      done++;
      if (now() - start >= COMPARING_MS) break;
    }
    if (done < targets.length) this.comparing = setImmediate(() => this.compare(targets.slice(done)));
    this.wake(0);
  }

  close(): void {
    this.isClosed = true;
    this.waiting.clear();
    clearImmediate(this.comparing);
    clearTimeout(this.timer);
  }

  /** What is seen may be older than what was written; anything else is news. */
  private latest(key: string, seen: LiveObject): LiveObject {
    const last = this.sent.get(key);
    if (last?.from === seen.resourceVersion) return last.object;
    this.sent.delete(key);
    return seen;
  }

  /** Unless something else is wanted of the object by now. */
  private again(key: string, target: StatusTarget): void {
    if (!this.waiting.has(key) && !this.isClosed) this.waiting.set(key, target);
  }

  private wake(delay: number): void {
    clearTimeout(this.timer);
    if (this.isRunning || this.isClosed || delay === Infinity) return;
    this.timer = setTimeout(() => void this.run(), delay);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    let next = this.next();
    while (typeof next === 'object') {
      await this.attempt(...next);
      next = this.next();
    }
    this.isRunning = false;
    this.wake(next);
  }

  /** The next status to write, or milliseconds until there may be one. */
  private next(): readonly [string, StatusTarget] | number {
    const time = now();
    if (this.isClosed || !this.options.mayWrite()) return Infinity;
    let soonest = Infinity;
    for (const [key, target] of this.waiting) {
      const right = this.forbidden.get(rightToWrite(target.object)) ?? 0;
      const due = Math.max(this.outageEnds, this.patience.until(key), right);
      soonest = Math.min(soonest, due - time);
      if (due > time) continue;
      if (!this.budget.take(1, time)) return 1000 / WRITES_PER_SECOND;
      this.waiting.delete(key);
      return [key, target];
    }
    return soonest;
  }

  private async attempt(key: string, target: StatusTarget): Promise<void> {
    try {
      await this.write(key, target);
      this.outageMs = 0;
    } catch (error) {
      this.again(key, target);
      if (this.outageMs === 0) this.options.logger.warn(`status waits for the API server: ${String(error)}`);
      this.outageMs = Math.min(Math.max(2 * this.outageMs, 1000), LONGEST_OUTAGE_MS);
      this.outageEnds = now() + this.outageMs;
    }
  }

  /** @throws if the API server gives no answer, or is not able to take any now. */
  private async write(key: string, target: StatusTarget): Promise<void> {
    const { api, written } = this.options;
    const object = this.latest(key, target.object);
    const status = target.merge(object.status, new Date().toISOString().replace(/\.\d+Z$/, 'Z'));
    if (isDeepStrictEqual(status, object.status)) return;
    const { status: code, body } = await api.request('PATCH', `${pathOf(object)}/status`, {
      query: { fieldManager: FIELD_MANAGER },
      contentType: MERGE_PATCH,
      body: { metadata: { resourceVersion: object.resourceVersion }, status },
    });
    if (code !== 200) {
      this.refused(key, target, code, body);
      return;
    }
    this.patience.note(key, fingerprint(target.merge({}, '')), now());
    const after = liveObject(object.kind, body);
    if (after !== undefined) this.sent.set(key, { from: target.object.resourceVersion, object: after });
    written?.(object, status);
  }

  private refused(key: string, target: StatusTarget, code: number, body: unknown): void {
    // It is gone, or has changed: then it is seen anew, and what is wanted of it is wanted again.
    if (code === 404 || code === 409) return;
    if (code >= 500 || code === 429) throw new Error(refusalText(code, body));
    const { logger } = this.options;
    const { object } = target;
    if (code === 403) {
      const right = rightToWrite(object);
      this.forbidden.set(right, now() + FORBIDDEN_MS);
      this.again(key, target);
      logger.warn(`status of ${named(object)} may not be written (got 403): a rule that permits ${right}`);
      return;
    }
    this.patience.note(key, `refused ${code}`, now());
    this.again(key, target);
    logger.warn(`status of ${named(object)} is not written: ${refusalText(code, body)}`);
  }
}

/** Milliseconds of a clock that only goes forward. */
function now(): number {
  return Math.floor(performance.now());
}

function named({ kind, namespace, name }: LiveObject): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function fingerprint(status: JsonMap): string {
  return createHash('sha256').update(JSON.stringify(status)).digest('base64');
}
