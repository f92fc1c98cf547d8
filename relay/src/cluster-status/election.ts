import type { Logger } from '../log/logger';
import { refusalText, type Api } from './api';
import type { KubeAnswer } from '../config/cluster/kube-api';
import { heldBy, leaseObject, leaseOf, NO_LEASE, type Lease, type LeaseRecord } from './lease-record';

export interface ElectionTimes {
  /** Silence of a holder after which another may take its place. @default 15 */
  readonly leaseSeconds?: number;
  /** Silence of the API server after which a holder takes itself for one no more; less than the above. @default 10 */
  readonly renewSeconds?: number;
  /** Between two looks at the Lease. @default 2 */
  readonly retrySeconds?: number;
}

export interface ElectionOptions extends ElectionTimes {
  readonly api: Api;
  readonly logger: Logger;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this candidate, and of no other one. */
  readonly identity: string;
  readonly elected: () => void;
}

/** A candidate that gets no answer, or is refused, asks again after this long at most. */
const LONGEST_RETRY_MS = 30_000;
/** Candidates that started together drift apart by this share of the time between two looks. */
const JITTER = 0.2;

/**
 * Elects one of several by a Lease. That a holder lives is seen by its record changing, on a clock of our own that only
 * goes forward: the times in the record are of another host's clock, and are compared with nothing.
 */
export class Election {
  private readonly path: string;
  private readonly leaseMs: number;
  private readonly renewMs: number;
  private readonly retryMs: number;
  private seen: { readonly record: string; readonly at: number } | undefined;
  /** When the Lease was ours for certain: the moment before the request that renewed it. */
  private renewedAt = -Infinity;
  private wasHolder = false;
  private isStopped = false;
  private delay: number;
  private timer: NodeJS.Timeout | undefined;
  private look = Promise.resolve();
  private complaint = '';

  constructor(private readonly options: ElectionOptions) {
    const { leaseSeconds = 15, renewSeconds = 10, retrySeconds = 2 } = options;
    this.path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
    this.leaseMs = leaseSeconds * 1000;
    this.renewMs = renewSeconds * 1000;
    this.retryMs = this.delay = retrySeconds * 1000;
  }

  /** Whether this candidate is the one, by its own clock: to be asked before each act. */
  get isHolder(): boolean {
    return !this.isStopped && performance.now() - this.renewedAt < this.renewMs;
  }

  start(): void {
    this.look = this.lookAgain();
  }

  /** Stands no more, and frees the Lease for the others if it is ours. Never throws. */
  async resign(): Promise<void> {
    const held = this.isHolder;
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.look;
    if (!held) return;
    try {
      await this.release();
    } catch (error) {
      this.options.logger.debug(`Lease ${this.name} is not released and has to expire: ${String(error)}`);
    }
  }

  private get name(): string {
    return `${this.options.namespace}/${this.options.name}`;
  }

  private async lookAgain(): Promise<void> {
    try {
      await this.acquireOrRenew();
      this.delay = this.retryMs;
      this.complaint = '';
    } catch (error) {
      this.complain(String(error));
      // A holder has a time to keep.
      this.delay = this.isHolder ? this.retryMs : Math.min(2 * this.delay, LONGEST_RETRY_MS);
    }
    if (this.isStopped) return;
    this.tell();
    this.timer = setTimeout(() => this.start(), this.delay * (1 + JITTER * Math.random()));
    this.timer.unref();
  }

  private async acquireOrRenew(): Promise<void> {
    const { identity } = this.options;
    const { record, resourceVersion } = await this.read();
    if (record.holder !== '' && record.holder !== identity && !this.isExpired(record)) {
      this.renewedAt = -Infinity;
      return;
    }
    const sentAt = performance.now();
    const next = heldBy(identity, this.leaseMs / 1000, record, Date.now());
    if (this.isStopped || !(await this.write(next, resourceVersion))) return;
    this.renewedAt = sentAt;
  }

  private isExpired(record: LeaseRecord): boolean {
    const text = JSON.stringify(record);
    const now = performance.now();
    if (this.seen?.record !== text) this.seen = { record: text, at: now };
    return now - this.seen.at > (record.seconds * 1000 || this.leaseMs);
  }

  private async read(): Promise<Lease> {
    const { status, body } = await this.request('GET', `${this.path}/${this.options.name}`);
    if (status === 404) return NO_LEASE;
    if (status !== 200) throw new Error(refusalText(status, body));
    return leaseOf(body);
  }

  /** @returns false if another was faster. */
  private async write(record: LeaseRecord, resourceVersion: string | undefined): Promise<boolean> {
    const { namespace, name } = this.options;
    const lease = leaseObject(namespace, name, record, resourceVersion);
    const { status, body } =
      resourceVersion === undefined
        ? await this.request('POST', this.path, lease)
        : await this.request('PUT', `${this.path}/${name}`, lease);
    if (status === 409) return false;
    if (status >= 300) throw new Error(refusalText(status, body));
    return true;
  }

  private async release(): Promise<void> {
    const { record, resourceVersion } = await this.read();
    if (record.holder !== this.options.identity || resourceVersion === undefined) return;
    await this.write({ ...record, holder: '' }, resourceVersion);
  }

  private request(method: string, path: string, body?: unknown): Promise<KubeAnswer> {
    const signal = AbortSignal.timeout(Math.max(this.retryMs, this.renewMs / 2));
    return this.options.api.request(method, path, { body, signal });
  }

  private tell(): void {
    const { isHolder } = this;
    const { logger, elected } = this.options;
    if (isHolder === this.wasHolder) return;
    this.wasHolder = isHolder;
    if (isHolder) elected();
    else logger.warn(`no longer elected by Lease ${this.name}: another holds it, or it could not be renewed in time`);
  }

  private complain(text: string): void {
    if (text === this.complaint) return;
    this.complaint = text;
    this.options.logger.warn(`no say in the election by Lease ${this.name}: ${text}`);
  }
}
