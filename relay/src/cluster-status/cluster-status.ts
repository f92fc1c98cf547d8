import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClusterObserver } from '../config/cluster/cluster-observer';
import type { ObjectSet } from '../config/objects';
import type { Resolved } from '../config/resolve';
import type { ResolvedStatus } from '../config/status';
import type { Logger } from '../log/logger';
import type { Api } from './api';
import { Election, type ElectionTimes } from './election';
import { EventRecorder } from './event-recorder';
import { newFaults } from './faults';
import { StatusWriter } from './status-writer';
import { StatusTargets } from './status-target';

/** Between two comparisons of what is with what should be. */
const INTERVAL_MS = 250;

export interface ClusterStatusOptions extends ElectionTimes {
  readonly api: Api;
  readonly logger: Logger;
  /** `<namespace>/<name>` of the Gateway; the Lease has its name and namespace. */
  readonly gateway: string;
  /** Of this replica. @default its host name, and what no other process has */
  readonly identity?: string;
}

/**
 * Tells the cluster what was resolved: status of the Gateway, its class and its routes, and Events. All replicas
 * resolve the same; the one that is elected writes. Nothing here can stop media: what fails is logged.
 */
export class ClusterStatus implements ClusterObserver {
  private readonly election: Election;
  private readonly writer: StatusWriter;
  private readonly events: EventRecorder;
  private readonly targets: StatusTargets;
  private readonly logger: Logger;
  private latest: { readonly status: ResolvedStatus; readonly objects: ObjectSet } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ending: Promise<void> | undefined;

  constructor(options: ClusterStatusOptions) {
    const { api, logger, gateway, identity = `${hostname()}_${randomUUID()}` } = options;
    const [namespace = '', name = ''] = gateway.split('/');
    this.logger = logger;
    this.targets = new StatusTargets(gateway);
    this.election = new Election({
      ...options,
      namespace,
      name,
      identity,
      elected: () => {
        logger.info(`elected by Lease ${gateway} as ${identity}: this replica writes status`);
        this.plan();
      },
    });
    this.events = new EventRecorder({ api, logger, identity });
    this.writer = new StatusWriter({
      api,
      logger,
      mayWrite: () => this.election.isHolder,
      written: (object, status) => {
        for (const fault of newFaults(object.status, status)) this.events.warn(object, fault);
      },
    });
  }

  /** Whether this replica is the one that writes. */
  get isWriter(): boolean {
    return this.election.isHolder;
  }

  resolved({ status }: Resolved, objects: ObjectSet): void {
    if (this.ending !== undefined) return;
    if (this.latest === undefined) this.election.start();
    this.latest = { status, objects };
    this.plan();
  }

  /** Leaves status to the other replicas, for good: this one drains. */
  resign(): Promise<void> {
    this.latest = undefined;
    clearTimeout(this.timer);
    this.writer.close();
    this.events.close();
    return (this.ending ??= this.election.resign());
  }

  close(): Promise<void> {
    return this.resign();
  }

  /** Soon, so that a burst of changes is one comparison. */
  private plan(): void {
    if (this.timer !== undefined || !this.election.isHolder) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.compare();
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private compare(): void {
    const { latest } = this;
    if (latest === undefined || !this.election.isHolder) return;
    try {
      this.writer.want(this.targets.of(latest.status, latest.objects));
    } catch (error) {
      // Objects are of others' making; none of them may end the relay.
      this.logger.error(`status is not written: ${String(error)}`);
    }
  }
}
