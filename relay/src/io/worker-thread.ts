import { MessageChannel, Worker } from 'node:worker_threads';
import { Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages';

export interface WorkerThreadEvents {
  message(message: FromWorker): void;
  /** It has ended without being asked to. */
  crashed(error: Error): void;
}

/** One worker as the main thread sees it. */
export class WorkerThread {
  private readonly worker: Worker;
  private readonly port;
  private readonly one: Arena;
  private wakeFd = -1;
  private stopping = false;
  private ended = false;

  constructor(
    private readonly libc: Libc,
    entry: string,
    setup: Omit<WorkerSetup, 'port'>,
    private readonly events: WorkerThreadEvents,
  ) {
    this.one = new Arena(libc, 8);
    this.one.setLong(this.one.take(8), 1);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(entry, {
      workerData: { ...setup, port: port2 } satisfies WorkerSetup,
      transferList: [port2],
    });
    port1.on('message', (message: FromWorker) => this.received(message));
    let failure = new Error('it ended by itself');
    this.worker.on('error', error => (failure = error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', () => {
      this.ended = true;
      this.port.close();
      if (!this.stopping) events.crashed(failure);
    });
  }

  post(message: ToWorker): void {
    this.port.postMessage(message);
    this.wake();
  }

  /** It closes its sockets and returns; the process ends no later for it than its `poll` takes. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.post({ kind: 'stop' });
  }

  private received(message: FromWorker): void {
    if (message.kind === 'ready') {
      this.wakeFd = message.wakeFd;
      // What was posted before it could be woken.
      this.wake();
    }
    this.events.message(message);
  }

  private wake(): void {
    if (this.wakeFd >= 0 && !this.ended) this.libc.write(this.wakeFd, this.one.base, 8);
  }
}
