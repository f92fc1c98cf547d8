import { randomBytes } from 'node:crypto';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMs } from './io/clock';
import { loadLibc } from './io/ffi/libc';
import type { BoundSocket } from './io/mmsg-binder';
import { MmsgIo } from './io/mmsg-io';
import { DescriptorOwners } from './io/descriptor-owners';
import { RelayIo } from './io/relay-io';
import { CounterWriter } from './io/shared-counters';
import { SharedUsage } from './io/shared-usage';
import { WorkerSiblings } from './io/worker-siblings';
import { HeldClusters } from './io/worker-clusters';
import type { FromWorker, ToWorker, SentConfig, WorkerSetup } from './io/worker-messages';
import { Log } from './log/logger';
import { Endpoint } from './net/endpoint';
import { ownAddresses } from './own-addresses';
import { Prefix } from './peer/prefix';
import { serverSettings } from './settings';
import { TurnLog } from './turn-log';
import { TurnServer } from './turn/server';
import { handlesOf } from './turn/siblings/sibling-sink';

/** Milliseconds. A wait is finite, for a process that ends waits for its threads to come back from it. */
const LONGEST_WAIT = 400;
const TICK = 500;
const COUNT = 250;

/** One thread of UDP clients: a core, and a loop that does nothing but its sockets and, when woken, the main thread's wishes. */
class UdpWorker {
  private readonly log: Log;
  private readonly events: TurnLog;
  private readonly counters: CounterWriter;
  private readonly io: RelayIo<TurnServer>;
  private datagrams!: MmsgIo;
  private readonly clusters = new HeldClusters();
  /** Listening sockets that came with the configuration at hand. */
  private sockets = new Map<string, readonly BoundSocket[]>();
  /** How often another worker has given an allocation or a reserved socket. */
  private gifts = 0;

  constructor(private readonly setup: WorkerSetup) {
    const { relayAddresses, relayPorts, logFormat, segmentation, moderation, memory, number, wakeFd } = setup;
    const libc = loadLibc();
    this.log = new Log({ format: logFormat, destination: { write: line => this.tell({ kind: 'log', line }) } });
    this.events = new TurnLog(this.log.scope('turn'), this.log.scope('auth'), monotonicMs);
    this.counters = new CounterWriter(setup.counters, place => this.tell({ kind: 'counts', place }));
    const owned = { owners: new DescriptorOwners(setup.descriptors), by: number };
    this.io = new RelayIo(
      sink =>
        new TurnServer({
          sink,
          events: this.events,
          settings: serverSettings(NOTHING, { relayFamilies: () => [] }),
          unixSeconds: () => Math.floor(Date.now() / 1000),
          random: randomBytes,
          hashSeed: randomBytes(4).readInt32LE(),
          now: monotonicMs(),
          usage: new SharedUsage(setup.usage, setup.usageTable),
        }),
      {
        relayAddresses,
        relayPorts,
        datagrams: context =>
          (this.datagrams = new MmsgIo(context, libc, {
            segmentation,
            moderation,
            owned,
            wakeFd,
            memory,
            take: listener => this.take(listener),
          })),
        siblings: new WorkerSiblings(
          number,
          () => this.datagrams,
          message => this.tell(message),
        ),
        events: {
          listening: ({ name }) => this.tell({ kind: 'listening', listener: name }),
          listenerProblem: (listener, problem) => this.tell({ kind: 'problem', listener, problem }),
        },
      },
    );
  }

  /** Returns once it is told to stop. Where it throws, the main thread closes what it leaves, or gives it to the next. */
  run(): void {
    this.tell({ kind: 'ready', datagramIo: this.datagrams.name });
    this.readMessages();
    this.serve();
    this.io.close();
    this.setup.port.close();
  }

  private serve(): void {
    const { datagrams, io } = this;
    let [nextTick, nextCount] = [0, 0];
    const stop = new Int32Array(this.setup.stop);
    while (Atomics.load(stop, 0) === 0) {
      if (datagrams.poll(LONGEST_WAIT)) this.readMessages();
      const { now } = datagrams;
      if (now >= nextTick) {
        nextTick = now + TICK;
        io.tick();
      }
      if (now >= nextCount) {
        nextCount = now + COUNT;
        this.count();
      }
    }
  }

  private readMessages(): void {
    for (;;) {
      const received: { message: ToWorker } | undefined = receiveMessageOnPort(this.setup.port);
      if (received === undefined) return;
      this.handle(received.message);
    }
  }

  private handle(message: ToWorker): void {
    const { core, clock } = this.io;
    switch (message.kind) {
      case 'apply':
        return this.apply(message.settings);
      case 'drain':
        return core.drain(() => this.tell({ kind: 'empty', gifts: this.gifts }));
      case 'question': {
        const { of, question } = message;
        const answer = core.siblings?.asked(question, of.asker, clock()) ?? { kind: 'none' };
        return this.tell({ kind: 'answer', of, answer });
      }
      case 'answer':
        if (handlesOf(message.answer).length > 0) this.gifts++;
        return core.siblings?.answered(message.of.id, message.answer, clock());
    }
  }

  private apply({
    config,
    listeners,
    logLevel,
    allowPeers,
    discoveryPorts,
    env,
    hostAddresses,
    limits,
    mobility,
    alternateServer: alternate,
    clusters,
    sockets,
  }: SentConfig): void {
    this.log.setLevels(logLevel);
    const open = config.listeners.filter(({ name }) => listeners.includes(name));
    const byName = new Map(config.listeners.map(listener => [listener.name, listener]));
    this.io.core.apply(
      serverSettings(
        { ...config, listeners: open, clusters: this.clusters.apply(clusters) },
        {
          before: this.io.core.settings,
          limits,
          mobility,
          alternateServer: alternate && {
            addresses: alternate.addresses.map(({ address, port }) => Endpoint.of(address, port)),
            domain: alternate.domain,
          },
          allowPeers: allowPeers.map(prefix => Prefix.parse(prefix)),
          dontFragment: this.datagrams.dontFragment,
          ownAddresses: ownAddresses(config, env, discoveryPorts),
          hostAddresses: new Map(
            hostAddresses.map(([host, addresses]) => [host, addresses.map(address => Endpoint.of(address))]),
          ),
          relayFamilies: name => this.io.relayFamilies(byName.get(name)!),
        },
      ),
    );
    this.sockets = new Map(sockets);
    this.io.apply(open);
    // What no listener has taken is nobody's.
    for (const { fd } of [...this.sockets.values()].flat()) this.datagrams.discard(fd);
    this.sockets.clear();
  }

  private take(listener: string): readonly BoundSocket[] {
    const sockets = this.sockets.get(listener);
    if (sockets === undefined || sockets.length === 0) throw new Error(`no socket for listener ${listener}`);
    this.sockets.delete(listener);
    return sockets;
  }

  private count(): void {
    const { counters, events } = this;
    const { core, datagramCounts } = this.io;
    counters.number('gauges', 'allocations', core.store.size);
    counters.number('totals', 'authentication failures', events.authenticationFailures);
    for (const [name, traffic] of core.store.listeners.entries()) counters.traffic('listeners', name, traffic);
    for (const [name, traffic] of core.store.routes.entries()) counters.traffic('routes', name, traffic);
    for (const [reason, number] of Object.entries(core.counters.drops)) counters.number('drops', reason, number);
    for (const [what, number] of Object.entries(core.counters.refusals)) counters.number('refusals', what, number);
    for (const [reason, number] of events.denials) counters.number('denials', reason, number);
    for (const [reason, number] of datagramCounts.entries()) counters.number('datagrams', reason, number);
  }

  private tell(message: FromWorker): void {
    this.setup.port.postMessage(message);
  }
}

const NOTHING = { name: '', realm: '', logLevel: '', credentials: [], listeners: [], clusters: [] };

new UdpWorker(workerData as WorkerSetup).run();
