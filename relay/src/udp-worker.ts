import { randomBytes } from 'node:crypto';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMs } from './io/clock';
import { MmsgIo } from './io/mmsg-io';
import { mmsgSupport } from './io/mmsg-support';
import { RelayIo } from './io/relay-io';
import type {
  FromWorker,
  ToWorker,
  TrafficReport,
  WorkerConfig,
  WorkerReport,
  WorkerSetup,
} from './io/worker-messages';
import { Log } from './log/logger';
import { Endpoint } from './net/endpoint';
import { ownAddresses } from './own-addresses';
import { Prefix } from './peer/prefix';
import { serverSettings } from './settings';
import { TurnLog } from './turn-log';
import { TurnServer } from './turn/server';
import type { TrafficByName } from './turn/traffic';

/** Milliseconds. A wait is finite, for a process that ends waits for its threads to come back from it. */
const LONGEST_WAIT = 400;
const TICK = 500;
const REPORT = 1000;

/** One thread of UDP clients: a core, and a loop that does nothing but its sockets and, when woken, the main thread's wishes. */
class UdpWorker {
  private readonly log: Log;
  private readonly events: TurnLog;
  private readonly io: RelayIo<TurnServer>;
  private datagrams!: MmsgIo;
  private stopped = false;

  constructor(private readonly setup: WorkerSetup) {
    const { relayAddresses, relayPorts, logFormat } = setup;
    const support = mmsgSupport();
    if (support.libc === undefined) throw new Error(support.reason);
    const { libc, segmentation } = support;
    this.log = new Log({ format: logFormat, destination: { write: line => this.tell({ kind: 'log', line }) } });
    this.events = new TurnLog(this.log.scope('turn'), this.log.scope('auth'), monotonicMs);
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
        }),
      {
        relayAddresses,
        relayPorts,
        datagrams: context => (this.datagrams = new MmsgIo(context, libc, { reusePort: true, segmentation })),
        events: {
          listening: ({ name }) => this.tell({ kind: 'listening', listener: name }),
          listenerProblem: (listener, problem) => this.tell({ kind: 'problem', listener, problem }),
        },
      },
    );
  }

  /**
   * Returns once it is told to stop. However it ends, its sockets do too: the kernel would go on sending clients to a
   * listening socket that nobody reads.
   */
  run(): void {
    try {
      this.tell({ kind: 'ready', wakeFd: this.datagrams.wakeFd, datagramIo: this.datagrams.name });
      this.readMessages();
      this.serve();
    } finally {
      this.io.close();
      this.setup.port.close();
    }
  }

  private serve(): void {
    const { datagrams, io } = this;
    let [nextTick, nextReport] = [0, 0];
    while (!this.stopped) {
      if (datagrams.poll(LONGEST_WAIT)) this.readMessages();
      const now = io.clock();
      if (now >= nextTick) {
        nextTick = now + TICK;
        io.tick();
      }
      if (now >= nextReport) {
        nextReport = now + REPORT;
        this.tell({ kind: 'report', report: this.report() });
      }
    }
  }

  private readMessages(): void {
    for (;;) {
      const received: { message: ToWorker } | undefined = receiveMessageOnPort(this.setup.port);
      if (received === undefined) return;
      const { message } = received;
      if (message.kind === 'apply') this.apply(message.settings);
      else if (message.kind === 'drain') this.io.core.drain(() => this.tell({ kind: 'empty' }));
      else this.stopped = true;
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
  }: WorkerConfig): void {
    this.log.setLevels(logLevel);
    const open = config.listeners.filter(({ name }) => listeners.includes(name));
    const byName = new Map(config.listeners.map(listener => [listener.name, listener]));
    this.io.core.apply(
      serverSettings(
        { ...config, listeners: open },
        {
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
    this.io.apply(open);
  }

  private report(): WorkerReport {
    const { core, datagramCounts } = this.io;
    return {
      allocations: core.store.size,
      authenticationFailures: this.events.authenticationFailures,
      listeners: trafficReport(core.store.listeners),
      routes: trafficReport(core.store.routes),
      drops: Object.entries(core.counters.drops),
      refusals: Object.entries(core.counters.refusals),
      denials: [...this.events.denials],
      datagrams: [...datagramCounts.entries()],
    };
  }

  private tell(message: FromWorker): void {
    this.setup.port.postMessage(message);
  }
}

function trafficReport(traffic: TrafficByName): [string, TrafficReport][] {
  return [...traffic.entries()].map(([name, { rxPackets, rxBytes, txPackets, txBytes }]) => [
    name,
    { rxPackets, rxBytes, txPackets, txBytes },
  ]);
}

const NOTHING = { name: '', realm: '', logLevel: '', credentials: [], listeners: [], clusters: [] };

new UdpWorker(workerData as WorkerSetup).run();
