import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import {
  handlesOf,
  type SiblingAnswer,
  type SiblingQuestion,
  type SiblingSink,
} from '../../../relay/src/turn/siblings/sibling-sink';
import { Harness, type SettingsOptions } from './harness';

/** Who serves a relay socket: a thread by its number, or nobody. */
type Holder = number | 'on its way' | 'closed';

/** A core in a thread of its own: its sockets are the process's, and its listening sockets have numbers of their own. */
export class Thread extends Harness {
  private draws = 0;

  constructor(
    readonly number: number,
    private readonly threads: Threads,
    options: SettingsOptions,
  ) {
    super(options, threads.sinkOf(number));
  }

  /** Number of the one listening socket: another in each thread. */
  get socket(): number {
    return 10 + this.number;
  }

  override completeOpening(relay: RelayedTransport): void {
    for (const each of [relay, relay.next]) if (each !== undefined) each.handle = this.threads.opened(this.number);
    super.completeOpening(relay);
  }

  override closeRelay(relay: RelayedTransport): void {
    super.closeRelay(relay);
    if (relay.handle >= 0) this.threads.change(relay.handle, this.number, 'closed');
    relay.handle = -1;
  }

  /** Never the same twice, in no two threads. */
  override random(length: number): Uint8Array {
    const draw = ++this.draws;
    return Uint8Array.from({ length }, (_, i) => [this.number, draw >>> 8, draw][i] ?? i);
  }
}

/** Several threads of one relay, and what they ask each other on its way between them. */
export class Threads {
  readonly all: Thread[] = [];
  /** What is on its way, oldest first. */
  readonly mail: { readonly queue: string; readonly deliver: () => void }[] = [];
  readonly holders = new Map<number, Holder>();
  /** How often a socket has changed hands. */
  adoptions = 0;
  private readonly waiting = new Map<string, Set<number>>();

  constructor(count = 2, options: SettingsOptions = {}) {
    for (let number = 1; number <= count; number++) {
      this.all.push(new Thread(number, this, options));
      // Clocks of threads begin apart.
      this.all.at(-1)!.advance(number * 7);
    }
  }

  of(number: number): Thread {
    return this.all[number - 1]!;
  }

  /** Delivers what is on its way, and what that brings forth. */
  deliver(): void {
    while (this.mail.length > 0) this.mail.shift()!.deliver();
  }

  /** Delivers the first message of a queue: those of different queues overtake each other. */
  deliverOne(which: number): void {
    const chosen = this.mail[which % (this.mail.length || 1)];
    const first = this.mail.findIndex(({ queue }) => queue === chosen?.queue);
    this.mail.splice(first, 1)[0]?.deliver();
  }

  advance(seconds: number): void {
    for (const thread of this.all) thread.advance(seconds);
  }

  opened(by: number): number {
    const handle = this.holders.size;
    this.holders.set(handle, by);
    return handle;
  }

  change(handle: number, from: Holder, to: Holder): void {
    const holder = this.holders.get(handle);
    if (holder !== from) throw new Error(`socket ${handle} is ${holder}, not ${from}, and cannot become ${to}`);
    this.holders.set(handle, to);
  }

  sinkOf(number: number): SiblingSink {
    return {
      ask: (id, question) => this.ask(number, id, question),
      serverOf: () => undefined,
      socketOf: () => this.of(number).socket,
      letGo: relay => {
        this.change(relay.handle, number, 'on its way');
        relay.handle = -1;
      },
      adopt: relay => {
        this.change(relay.handle, 'on its way', number);
        this.adoptions++;
        this.of(number).opened.push(relay);
      },
      discard: handle => this.change(handle, 'on its way', 'closed'),
    };
  }

  /** By way of the main thread, as everything is: to and from it each thread has a queue of its own. */
  private ask(asker: number, id: number, question: SiblingQuestion): void {
    this.post(`from ${asker}`, () => {
      const others = this.all.map(({ number }) => number).filter(number => number !== asker);
      this.waiting.set(`${asker}:${id}`, new Set(others));
      for (const number of others) {
        this.post(`to ${number}`, () => {
          const thread = this.of(number);
          const answer = thread.server.siblings!.asked(structuredClone(question), asker, thread.now);
          this.post(`from ${number}`, () => this.answered(number, asker, id, structuredClone(answer)));
        });
      }
    });
  }

  private answered(from: number, asker: number, id: number, answer: SiblingAnswer): void {
    const waiting = this.waiting.get(`${asker}:${id}`);
    waiting?.delete(from);
    if (waiting === undefined && handlesOf(answer).length > 0) throw new Error('a gift that nobody has asked for');
    if (waiting === undefined || (answer.kind === 'none' && waiting.size > 0)) return;
    this.waiting.delete(`${asker}:${id}`);
    const thread = this.of(asker);
    this.post(`to ${asker}`, () => thread.server.siblings!.answered(id, answer, thread.now));
  }

  private post(queue: string, deliver: () => void): void {
    this.mail.push({ queue, deliver });
  }
}
