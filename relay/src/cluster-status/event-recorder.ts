import { createHash } from 'node:crypto';
import { Recent } from '../auth/recent';
import { nameOfKind } from '../config/objects';
import { RELAY_CONTROLLER } from '../contract';
import type { Logger } from '../log/logger';
import { TokenBucket } from '../turn/token-bucket';
import { FIELD_MANAGER, MERGE_PATCH, microTime, refusalText, type Api } from './api';
import type { Fault } from './faults';
import type { LiveObject } from './live-object';

/** Events in a second on average, and at once. */
const EVENTS_PER_SECOND = 1;
const BURST = 50;
/** Events to wait for their turn; those on top are left to status and log, which say the same. */
const MAX_WAITING = 200;
/** Events to count repetitions of. */
const CAPACITY = 1000;
/** Longest note and name that the API takes. */
const MAX_NOTE = 1024;
const MAX_NAME = 253;

export interface EventRecorderOptions {
  readonly api: Api;
  readonly logger: Logger;
  /** Which replica reports. */
  readonly identity: string;
}

interface Waiting {
  readonly object: LiveObject;
  readonly fault: Fault;
}

/**
 * Tells of faults by Events (events.k8s.io/v1). One fault of one object is one Event whoever reports it, since its name
 * is made from them; what happens again is counted in its series. An Event that cannot be written is a log line.
 */
export class EventRecorder {
  private readonly waiting: Waiting[] = [];
  private readonly counts = new Recent<number>(CAPACITY);
  private readonly budget = new TokenBucket(EVENTS_PER_SECOND, BURST, Math.floor(performance.now()));
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;

  constructor(private readonly options: EventRecorderOptions) {}

  warn(object: LiveObject, fault: Fault): void {
    if (this.waiting.length >= MAX_WAITING) return;
    this.waiting.push({ object, fault });
    void this.run();
  }

  close(): void {
    this.waiting.length = 0;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.waiting.length > 0 && this.budget.take(1, Math.floor(performance.now()))) {
      const next = this.waiting.shift()!;
      try {
        await this.record(next);
      } catch (error) {
        this.options.logger.warn(`Event ${next.fault.reason} is not written: ${String(error)}`);
      }
    }
    this.isRunning = false;
    if (this.waiting.length === 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), 1000 / EVENTS_PER_SECOND);
    this.timer.unref();
  }

  private async record({ object, fault }: Waiting): Promise<void> {
    const name = eventName(object, fault);
    const path = `/apis/events.k8s.io/v1/namespaces/${object.namespace || 'default'}/events`;
    const known = this.counts.get(name);
    if (known !== undefined && (await this.repeat(path, name, known + 1))) return;
    const { status, body } = await this.options.api.request('POST', path, {
      query: { fieldManager: FIELD_MANAGER },
      body: this.event(name, object, fault),
    });
    if (status === 409) await this.repeat(path, name, 2);
    else if (status < 300) this.counts.set(name, 1);
    else throw new Error(refusalText(status, body));
  }

  /** @returns false if there is no such Event any more: Events are kept for an hour or so. */
  private async repeat(path: string, name: string, count: number): Promise<boolean> {
    const { status, body } = await this.options.api.request('PATCH', `${path}/${name}`, {
      query: { fieldManager: FIELD_MANAGER },
      contentType: MERGE_PATCH,
      body: { series: { count, lastObservedTime: microTime(Date.now()) } },
    });
    if (status === 404) return false;
    if (status >= 300) throw new Error(refusalText(status, body));
    this.counts.set(name, count);
    return true;
  }

  private event(name: string, object: LiveObject, { reason, note }: Fault): object {
    const { apiVersion, kind, namespace, uid, resourceVersion } = object;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: namespace || 'default' },
      eventTime: microTime(Date.now()),
      type: 'Warning',
      action: 'Resolve',
      reason: reason.slice(0, 128),
      note: cut(note, MAX_NOTE),
      reportingController: RELAY_CONTROLLER,
      reportingInstance: this.options.identity.slice(0, 128),
      regarding: {
        apiVersion,
        kind: nameOfKind(kind),
        name: object.name,
        uid,
        resourceVersion,
        ...(namespace && { namespace }),
      },
    };
  }
}

function eventName({ name, uid }: LiveObject, { reason, note }: Fault): string {
  const hash = createHash('sha256').update(`${uid}\n${reason}\n${note}`).digest('hex').slice(0, 16);
  return `${name.slice(0, MAX_NAME - 17).replace(/[^a-z0-9]+$/, '')}.${hash}`;
}

/** To so many bytes of UTF-8, which is what the API counts. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  return encoded.length <= bytes
    ? text
    : encoded
        .subarray(0, bytes)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}
