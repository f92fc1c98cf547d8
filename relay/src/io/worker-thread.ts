import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { Arena } from './ffi/arena';
import { systemError, type Libc } from './ffi/libc';
import { EFD_NONBLOCK_CLOEXEC } from './ffi/linux';
import { mapLow, unmap, type Memory } from './ffi/low-memory';
import { MmsgIo } from './mmsg-io';
import { SentClusters } from './worker-clusters';
import type { SocketsByListener } from './worker-sockets';
import type { FromWorker, ToWorker, WorkerConfig, WorkerSetup } from './worker-messages';

/**
 * Most megabytes for what a worker has just made. Packets make nothing, and requests little that lasts: more room would
 * only be memory that lies idle after a rush of new clients, several times what their allocations need.
 */
const YOUNG_GENERATION_MB = 12;

export interface WorkerThreadEvents {
  message(message: FromWorker): void;
  /** It has ended, and runs no more. @param failure undefined if it was asked to */
  ended(failure: Error | undefined): void;
}

/** One worker as the main thread sees it. */
export class WorkerThread {
  private readonly worker: Worker;
  private readonly port;
  private readonly one: Arena;
  /** This thread's own: a descriptor that the worker closes may be a stranger's by the time it is to be woken. */
  private readonly wakeFd: number;
  /** What the worker tells the kernel of: this thread's own too, for one that breaks off gives nothing back. */
  private readonly memory: Memory | undefined;
  private readonly clusters = new SentClusters();
  private readonly stopFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  private stopping = false;
  private hasEnded = false;

  /** @throws Error if there is no descriptor to be had, or no thread. */
  constructor(
    private readonly libc: Libc,
    entry: string,
    private readonly setup: Omit<WorkerSetup, 'port' | 'wakeFd' | 'stop' | 'memory'>,
    private readonly events: WorkerThreadEvents,
  ) {
    this.one = new Arena(libc, 8);
    this.one.setLong(this.one.take(8), 1);
    this.wakeFd = libc.eventfd(0, EFD_NONBLOCK_CLOEXEC);
    if (this.wakeFd < 0) throw systemError(libc, 'eventfd');
    this.memory = mapLow(libc, MmsgIo.space);
    const { wakeFd, memory, stopFlag: stop } = this;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    try {
      this.worker = new Worker(entry, {
        workerData: { ...setup, port: port2, wakeFd, memory, stop } satisfies WorkerSetup,
        transferList: [port2],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      });
    } catch (error) {
      this.release();
      throw error;
    }
    port1.on('message', (message: FromWorker) => events.message(message));
    let failure = new Error('it ended by itself');
    this.worker.on('error', error => (failure = error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', () => this.exited(this.stopping ? undefined : failure));
  }

  get number(): number {
    return this.setup.number;
  }

  /** Puts a configuration in force. @param sockets for listeners that are new to it */
  apply({ config: { clusters, ...config }, ...settings }: WorkerConfig, sockets: SocketsByListener): void {
    const changes = this.clusters.changesTo(clusters);
    this.post({ kind: 'apply', settings: { ...settings, config, clusters: changes, sockets } });
  }

  post(message: ToWorker): void {
    if (this.hasEnded) return;
    this.port.postMessage(message);
    this.wake();
  }

  /** It closes its sockets and returns; the process ends no later for it than its `poll` takes. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    Atomics.store(new Int32Array(this.stopFlag), 0, 1);
    this.wake();
  }

  private wake(): void {
    if (!this.hasEnded) this.libc.write(this.wakeFd, this.one.base, 8);
  }

  private exited(failure: Error | undefined): void {
    this.hasEnded = true;
    // What it said last still counts.
    for (;;) {
      const last: { message: FromWorker } | undefined = receiveMessageOnPort(this.port);
      if (last === undefined) break;
      this.events.message(last.message);
    }
    this.release();
    this.events.ended(failure);
  }

  /** What this thread holds for a worker that is not there. */
  private release(): void {
    this.port.close();
    this.libc.close(this.wakeFd);
    if (this.memory !== undefined) unmap(this.libc, this.memory);
  }
}
