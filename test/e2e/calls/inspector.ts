import { once } from 'node:events';
import WebSocket from 'ws';
import { httpUnix } from './http-unix';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly workerInfo: { readonly title: string } };
}

/** The debugger of a Node process, which opens on 127.0.0.1:9229 of its host when it gets SIGUSR1. */
export class Inspector {
  private id = 0;
  /** Sessions with worker threads, by the numbers of these. */
  private readonly workers = new Map<number, string>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', data => {
      const { method, params } = JSON.parse((data as Buffer).toString()) as Message;
      if (method !== 'NodeWorker.attachedToWorker' || params === undefined) return;
      this.workers.set(Number(/\d+/.exec(params.workerInfo.title)), params.sessionId);
    });
  }

  static async open(socketPath: string): Promise<Inspector> {
    const { body } = await httpUnix(socketPath, '/json/list');
    const [target] = JSON.parse(body) as readonly [{ readonly webSocketDebuggerUrl: string }];
    const socket = new WebSocket(`ws+unix:${socketPath}:${new URL(target.webSocketDebuggerUrl).pathname}`);
    await once(socket, 'open');
    const inspector = new Inspector(socket);
    inspector.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspector;
  }

  get workerCount(): number {
    return this.workers.size;
  }

  /** Makes the worker thread that was started first end as if it had failed. */
  endOldestWorker(): void {
    const evaluate = { id: 1, method: 'Runtime.evaluate', params: { expression: 'process.exit(1)' } };
    this.send('NodeWorker.sendMessageToWorker', {
      sessionId: this.workers.get(Math.min(...this.workers.keys())),
      message: JSON.stringify(evaluate),
    });
  }

  close(): void {
    this.socket.close();
  }

  private send(method: string, params: object): void {
    this.socket.send(JSON.stringify({ id: ++this.id, method, params }));
  }
}
