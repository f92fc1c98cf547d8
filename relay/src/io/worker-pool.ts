import type { ListenerConfig } from '../config/relay-config';
import type { Logger } from '../log/logger';
import type { Libc } from './ffi/libc';
import { SharedUsage, usageMemory, type UsageMemory } from './shared-usage';
import { DescriptorOwners } from './descriptor-owners';
import { cannotListen, type ListenerEvents } from './listeners';
import type { FromWorker, WorkerConfig, WorkerSetup } from './worker-messages';
import { WorkerQuestions } from './worker-questions';
import { WorkerReports } from './worker-reports';
import { WorkerSockets } from './worker-sockets';
import { WorkerThread } from './worker-thread';

/** Milliseconds that a worker has to run to be replaced at once when it crashes, and before another is replaced. */
const STEADY = 10_000;
const RESTART = 1000;
/** Milliseconds before a port that was in use is tried again. */
const RETRY = 5000;
/** Of the tables in which threads count allocations. */
const MAIN_TABLE = 0;

export interface WorkerPoolOptions {
  readonly libc: Libc;
  /** File that a worker runs. */
  readonly entry: string;
  readonly count: number;
  /** That all threads may have together. */
  readonly allocations: number;
  readonly setup: Pick<WorkerSetup, 'logFormat' | 'segmentation' | 'moderation' | 'relayAddresses' | 'relayPorts'>;
  readonly events: ListenerEvents;
  readonly logger: Logger;
  /** Takes finished lines of the workers' logs. */
  readonly log: (line: string) => void;
}

/**
 * UDP clients on several threads. Each worker has a core, a loop and listening sockets of its own; the kernel keeps a
 * client with one of them by the hash of its addresses, so nothing that a packet needs is shared.
 */
export class WorkerPool {
  readonly reports = new WorkerReports();
  /** Which datagram implementation runs in the workers. */
  datagramIo = 'starting';
  /** Those that run, by number: no two that ever ran have the same. */
  private readonly threads = new Map<number, WorkerThread>();
  /** Their numbers; undefined where one has ended and the next is still to start. */
  private readonly places: (number | undefined)[] = [];
  private latest: WorkerConfig | undefined;
  /** Numbers of the workers that listen, by listener. */
  private readonly listening = new Map<string, Set<number>>();
  private readonly problemTexts = new Map<string, string>();
  private readonly descriptorMemory = DescriptorOwners.memory();
  private readonly owners = new DescriptorOwners(this.descriptorMemory);
  private readonly questions = new WorkerQuestions({
    running: () => this.threads.keys(),
    post: (worker, message) => this.threads.get(worker)?.post(message),
    discard: (worker, handles) => this.discard(worker, handles),
    gives: worker => this.drained?.waiting.add(worker),
  });
  private readonly sockets: WorkerSockets;
  /** What the workers have charged, for the main thread's core. */
  readonly usage: SharedUsage;
  private readonly usageMemory: UsageMemory;
  private retry: NodeJS.Timeout | undefined;
  private started = 0;
  private closed = false;
  private drained: { onEmpty: (() => void) | undefined; readonly waiting: Set<number> } | undefined;

  constructor(private readonly options: WorkerPoolOptions) {
    this.usageMemory = usageMemory(options.count + 1, options.allocations);
    this.usage = new SharedUsage(this.usageMemory, MAIN_TABLE);
    this.sockets = new WorkerSockets(options.libc, this.owners, options.count);
    for (let place = 0; place < options.count; place++) this.start(place);
  }

  /** Puts a configuration in force in every worker. */
  apply(settings: Omit<WorkerConfig, 'listeners'>): void {
    const udp = settings.config.listeners.filter(({ transport }) => transport === 'udp');
    const known = udp.filter(listener => this.sockets.has(listener));
    this.forgetUnless(known);
    const added = udp.filter(listener => !known.includes(listener) && this.open(listener));
    const open = [...known, ...added];
    for (const name of this.listening.keys()) {
      if (!open.some(listener => listener.name === name)) this.listening.delete(name);
    }
    this.latest = { ...settings, listeners: namesOf(open) };
    for (const place of this.places.keys()) this.send(place, this.latest, namesOf(added));
    clearTimeout(this.retry);
    if (open.length < udp.length) this.retry = setTimeout(() => this.apply(settings), RETRY).unref();
  }

  /** How many workers run. */
  get running(): number {
    return this.threads.size;
  }

  isListening(listener: string): boolean {
    return this.listening.get(listener)?.size === this.options.count;
  }

  /** Whether of each listener it is known if it receives: in every worker, or not at all. */
  get isSettled(): boolean {
    const { listeners } = this.latest ?? { listeners: [] };
    return listeners.every(name => this.isListening(name) || this.problemTexts.has(name));
  }

  get problems(): ReadonlyMap<string, string> {
    return this.problemTexts;
  }

  /** Takes no new clients. @param onEmpty called once no worker has an allocation. */
  drain(onEmpty: () => void): void {
    this.drained = { onEmpty, waiting: new Set(this.threads.keys()) };
    for (const thread of this.threads.values()) thread.post({ kind: 'drain' });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.forgetUnless([]);
    for (const thread of this.threads.values()) thread.stop();
  }

  private start(place: number): void {
    const { libc, entry, setup } = this.options;
    const number = ++this.started;
    const begun = performance.now();
    const descriptors = this.descriptorMemory;
    const thread = new WorkerThread(
      libc,
      entry,
      {
        ...setup,
        number,
        descriptors,
        counters: this.reports.begin(number),
        usage: this.usageMemory,
        usageTable: usageTable(place),
      },
      {
        message: message => this.received(number, message),
        ended: failure => this.ended(place, number, performance.now() - begun, failure),
      },
    );
    this.threads.set(number, thread);
    this.places[place] = number;
    if (this.latest !== undefined) this.send(place, this.latest, this.latest.listeners);
    if (this.drained === undefined) return;
    this.drained.waiting.add(number);
    thread.post({ kind: 'drain' });
  }

  /** Whatever way it ended: what it has left is closed. */
  private ended(place: number, number: number, ran: number, failure: Error | undefined): void {
    this.threads.delete(number);
    this.places[place] = undefined;
    this.usage.clear(usageTable(place));
    if (!this.closed) this.sockets.takeBack(place, number);
    this.questions.ended(number);
    for (const fd of this.owners.releaseAll(number)) this.options.libc.close(fd);
    this.isEmpty(number);
    this.reports.ended(number);
    if (failure === undefined) return;
    for (const workers of this.listening.values()) workers.delete(number);
    this.options.logger.error(`a UDP worker has ended, and its sessions with it: ${failure.message}`);
    this.restart(place, ran > STEADY ? 0 : RESTART);
  }

  private restart(place: number, delay: number): void {
    setTimeout(() => {
      if (this.closed) return;
      try {
        this.start(place);
      } catch (error) {
        this.options.logger.error(`no UDP worker: ${error instanceof Error ? error.message : String(error)}`);
        this.restart(place, RESTART);
      }
    }, delay);
  }

  /** Closes descriptors that were given to a worker which has ended, unless that is done already. */
  private discard(owner: number, fds: readonly number[]): void {
    for (const fd of fds) if (this.owners.release(fd, owner)) this.options.libc.close(fd);
  }

  private received(number: number, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.datagramIo = message.datagramIo;
        return;
      case 'question':
        return this.questions.question(message.of, message.question);
      case 'answer':
        return this.questions.answer(number, message.of, message.answer);
      case 'log':
        return this.options.log(message.line);
      case 'counts':
        return this.reports.placed(number, message.place);
      case 'listening':
        return this.heard(message.listener, number);
      case 'problem':
        return this.problem(message.listener, message.problem);
      case 'empty':
        // What another worker has given it since is still on its way.
        if (message.gifts === this.questions.giftsTo(number)) this.isEmpty(number);
    }
  }

  /** A worker that drains has no allocation any more. */
  private isEmpty(number: number): void {
    const { drained } = this;
    drained?.waiting.delete(number);
    if (drained?.waiting.size !== 0) return;
    const { onEmpty } = drained;
    drained.onEmpty = undefined;
    onEmpty?.();
  }

  private heard(name: string, number: number): void {
    const config = this.latest?.config.listeners.find(listener => listener.name === name);
    if (config === undefined) return;
    const workers = this.listening.get(name) ?? new Set();
    this.listening.set(name, workers.add(number));
    if (!this.isListening(name)) return;
    this.problemTexts.delete(name);
    this.options.events.listening(config);
  }

  private problem(name: string, problem: string): void {
    if (this.problemTexts.get(name) === problem) return;
    this.problemTexts.set(name, problem);
    this.options.events.listenerProblem(name, problem);
  }

  /** @param added listeners whose sockets the worker has not had yet */
  private send(place: number, settings: WorkerConfig, added: readonly string[]): void {
    const number = this.places[place];
    if (number !== undefined) this.threads.get(number)?.apply(settings, this.sockets.give(place, number, added));
  }

  /** Closes what is gone first, so that its port is free for others. */
  private forgetUnless(known: readonly ListenerConfig[]): void {
    const vacant = [...this.places.keys()].filter(place => this.places[place] === undefined);
    this.sockets.forgetUnless(name => known.some(each => each.name === name), vacant);
  }

  private open(config: ListenerConfig): boolean {
    try {
      this.sockets.open(config);
      return true;
    } catch (error) {
      this.problem(config.name, cannotListen(config, error as NodeJS.ErrnoException));
      return false;
    }
  }
}

function namesOf(listeners: readonly ListenerConfig[]): string[] {
  return listeners.map(({ name }) => name);
}

function usageTable(place: number): number {
  return MAIN_TABLE + 1 + place;
}
