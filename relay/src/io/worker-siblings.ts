import type { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { SiblingQuestion, SiblingSink } from '../turn/siblings/sibling-sink';
import type { MmsgIo } from './mmsg-io';
import type { FromWorker } from './worker-messages';

/** The other workers, as one of them sees them: asked by way of the main thread, and sharing the process's descriptors. */
export class WorkerSiblings implements SiblingSink {
  constructor(
    /** This worker's number. */
    private readonly number: number,
    private readonly datagrams: () => MmsgIo,
    private readonly tell: (message: FromWorker) => void,
  ) {}

  ask(id: number, question: SiblingQuestion): void {
    this.tell({ kind: 'question', of: { asker: this.number, id }, question });
  }

  serverOf(flow: Flow): Endpoint | undefined {
    return this.datagrams().serverOf(flow);
  }

  socketOf(listener: string, client: Endpoint, server: Endpoint | undefined): number | undefined {
    return this.datagrams().socketOf(listener, client, server);
  }

  letGo(relay: RelayedTransport, asker: number): void {
    this.datagrams().letGo(relay, asker);
  }

  adopt(relay: RelayedTransport): void {
    this.datagrams().adopt(relay);
  }

  discard(handle: number): void {
    this.datagrams().discard(handle);
  }
}
