import type { ListenerConfig } from '../config/relay-config';
import type { Logger } from '../log/logger';
import { DEFAULT_LIMITS } from '../turn/limits';
import { Endpoint } from '../net/endpoint';
import { Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { cannotListen, type ListenerEvents } from './listeners';
import type { FromWorker, WorkerConfig, WorkerSetup } from './worker-messages';
import { WorkerReports } from './worker-reports';
import { WorkerThread } from './worker-thread';

/** Milliseconds before a crashed worker is replaced, and before a port that was in use is tried again. */
const RESTART = 1000;
const RETRY = 5000;

export interface WorkerPoolOptions {
  readonly libc: Libc;
  /** File that a worker runs. */
  readonly entry: string;
  readonly count: number;
  readonly setup: Omit<WorkerSetup, 'port'>;
  readonly events: ListenerEvents;
  readonly logger: Logger;
  /** Takes finished lines of the workers' logs. */
  readonly log: (line: string) => void;
}

/**
 * UDP clients on several threads. Each worker has a core, a loop and listening sockets of its own; the kernel keeps a
 * client with one of them by the hash of its addresses, so nothing that a packet needs is shared.
 *
 * Limits: the number of allocations is divided among the workers. What one user or one source may have holds in each
 * worker, for a small quota cannot be divided; so one that comes from many ports may have it several times.
 */
export class WorkerPool {
  readonly reports = new WorkerReports();
  /** Which datagram implementation runs in the workers. */
  datagramIo = 'starting';
  private threads: WorkerThread[] = [];
  private latest: WorkerConfig | undefined;
  private readonly listening = new Map<string, Set<number>>();
  private readonly problemTexts = new Map<string, string>();
  private readonly descriptors: UdpDescriptors;
  /** UDP ports that the workers have. */
  private ports = new Set<number>();
  private retry: NodeJS.Timeout | undefined;
  private started = 0;
  private closed = false;
  private drained: { readonly onEmpty: () => void; readonly waiting: Set<number> } | undefined;

  constructor(private readonly options: WorkerPoolOptions) {
    this.descriptors = new UdpDescriptors(options.libc, new Arena(options.libc, DESCRIPTOR_SPACE));
    for (let place = 0; place < options.count; place++) this.start(place);
  }

  /** Puts a configuration in force in every worker. */
  apply(settings: Omit<WorkerConfig, 'listeners'>): void {
    const { limits } = settings;
    const allocations = Math.ceil((limits.allocations ?? DEFAULT_LIMITS.allocations) / this.options.count);
    const udp = settings.config.listeners.filter(({ transport }) => transport === 'udp');
    const open = udp.filter(listener => this.canListen(listener));
    this.ports = new Set(open.map(({ port }) => port));
    for (const name of this.listening.keys()) {
      if (!open.some(listener => listener.name === name)) this.listening.delete(name);
    }
    this.latest = { ...settings, limits: { ...limits, allocations }, listeners: open.map(({ name }) => name) };
    for (const thread of this.threads) thread.post({ kind: 'apply', settings: this.latest });
    clearTimeout(this.retry);
    if (open.length < udp.length) this.retry = setTimeout(() => this.apply(settings), RETRY).unref();
  }

  isListening(listener: string): boolean {
    return this.listening.get(listener)?.size === this.options.count;
  }

  get problems(): ReadonlyMap<string, string> {
    return this.problemTexts;
  }

  /** Takes no new clients. @param onEmpty called once no worker has an allocation. */
  drain(onEmpty: () => void): void {
    this.drained = { onEmpty, waiting: new Set(this.threads.keys()) };
    for (const thread of this.threads) thread.post({ kind: 'drain' });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    for (const thread of this.threads) thread.stop();
    this.threads = [];
  }

  private start(place: number): void {
    const { libc, entry, setup, logger } = this.options;
    const number = ++this.started;
    const thread = new WorkerThread(libc, entry, setup, {
      message: message => this.received(place, number, message),
      crashed: error => {
        this.reports.ended(number);
        for (const places of this.listening.values()) places.delete(place);
        logger.error(`a UDP worker has ended, and its sessions with it: ${error.message}`);
        setTimeout(() => {
          if (!this.closed) this.start(place);
        }, RESTART);
      },
    });
    this.threads[place] = thread;
    if (this.latest !== undefined) thread.post({ kind: 'apply', settings: this.latest });
    if (this.drained !== undefined) thread.post({ kind: 'drain' });
  }

  private received(place: number, number: number, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.datagramIo = message.datagramIo;
        return;
      case 'log':
        return this.options.log(message.line);
      case 'report':
        return this.reports.set(number, message.report);
      case 'listening':
        return this.heard(message.listener, place);
      case 'problem':
        return this.problem(message.listener, message.problem);
      case 'empty':
        this.drained?.waiting.delete(place);
        if (this.drained?.waiting.size === 0) this.drained.onEmpty();
    }
  }

  private heard(name: string, place: number): void {
    const config = this.latest?.config.listeners.find(listener => listener.name === name);
    if (config === undefined) return;
    const places = this.listening.get(name) ?? new Set();
    this.listening.set(name, places.add(place));
    if (!this.isListening(name)) return;
    this.problemTexts.delete(name);
    this.options.events.listening(config);
  }

  private problem(name: string, problem: string): void {
    if (this.problemTexts.get(name) === problem) return;
    this.problemTexts.set(name, problem);
    this.options.events.listenerProblem(name, problem);
  }

  /** Workers share ports with each other, and would share one with a stranger too: so it is tried alone first. */
  private canListen(config: ListenerConfig): boolean {
    if (this.ports.has(config.port)) return true;
    try {
      this.descriptors.close(this.descriptors.open(4, Endpoint.of('0.0.0.0', config.port), { bufferSize: 0 }));
      return true;
    } catch (error) {
      this.problem(config.name, cannotListen(config, error as NodeJS.ErrnoException));
      return false;
    }
  }
}
