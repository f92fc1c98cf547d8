import { randomBytes } from 'node:crypto';
import { type ConfigListener, type ConfigProblem, problemText } from './config/config-source';
import type { ListenerConfig, RelayConfig } from './config/relay-config';
import type { RelayView, SocketKind } from './admin/relay-view';
import { HostAddresses } from './io/host-addresses';
import { monotonicMs } from './io/clock';
import { NatDiscoveryIo } from './io/nat-discovery-io';
import type { PortRange } from './io/datagram';
import { RelayIo } from './io/relay-io';
import type { WorkerPool } from './io/worker-pool';
import { relaySocketLimit } from './io/open-files';
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './io/stream-limits';
import type { Log, LogFormat, Logger } from './log/logger';
import type { Origins } from './nat-discovery/origins';
import { ownAddresses } from './own-addresses';
import type { Prefix } from './peer/prefix';
import { type CoreOptions, serverSettings } from './settings';
import { TurnLog } from './turn-log';
import { TurnServer } from './turn/server';
import { DEFAULT_LIMITS, type Limits } from './turn/limits';
import { ReplyBudget } from './turn/reply-budget';
import type { Traffic } from './turn/traffic';
import { layer4 } from './config/protocol';
import { startUdpWorkers } from './udp-workers';

export interface RelayOptions extends CoreOptions {
  readonly log: Log;
  /** Keeps the log levels of the command line, whatever the configuration says. */
  readonly logLevel?: string;
  /** @default the listener's, else one of this host's own */
  readonly relayAddresses?: readonly string[];
  readonly relayPorts?: PortRange;
  readonly streamLimits?: Partial<StreamLimits>;
  /** Threads for UDP clients, at most one for each CPU. 0: one for each CPU. @default 0 */
  readonly udpThreads?: number;
  /** Microseconds from one look for datagrams to the next while many come. @default 0: none */
  readonly udpModeration?: number;
  /** Of the lines that UDP threads log. @default text */
  readonly logFormat?: LogFormat;
  /** The operator's exceptions from the ranges that no route may open. */
  readonly allowPeers?: readonly Prefix[];
  /** Where to answer NAT behaviour discovery (RFC 5780). @default nowhere */
  readonly natDiscovery?: Origins;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told of each configuration once it is in force. */
  readonly inForce?: (config: RelayConfig) => void;
}

/** A TURN relay: obeys the configurations that a source delivers. */
export class Relay implements ConfigListener, RelayView {
  readonly io: RelayIo<TurnServer>;
  readonly events: TurnLog;
  private readonly logger: Logger;
  /** Threads for UDP clients; undefined where batched datagrams are not to be had, and this thread serves them. */
  private readonly workers: WorkerPool | undefined;
  private readonly hosts: HostAddresses;
  private readonly limits: Partial<Limits>;
  private readonly discovery: NatDiscoveryIo | undefined;
  private warned: ReadonlySet<string> = new Set();
  private wasReady = false;
  /** The configuration in force. */
  running: RelayConfig | undefined;

  constructor(private readonly options: RelayOptions) {
    const { log, relayAddresses, relayPorts, streamLimits } = options;
    this.logger = log.scope('stunnerd');
    this.limits = withinOpenFiles(options.limits ?? {});
    this.events = new TurnLog(log.scope('turn'), log.scope('auth'), () => performance.now());
    this.hosts = new HostAddresses(() => this.enforce());
    const events = {
      listening: ({ name, transport, port }: ListenerConfig) =>
        this.logger.info(`listener ${name} receives on ${layer4(transport).toUpperCase()} ${port} (${transport})`),
      listenerProblem: (_: string, problem: string) => this.logger.warn(problem),
    };
    this.workers = startUdpWorkers({ ...options, limits: this.limits }, events, this.logger);
    this.discovery = natDiscoveryIo(options.natDiscovery, this.limits);
    const empty = serverSettings(NOTHING, { relayFamilies: () => [] });
    this.io = new RelayIo(
      sink =>
        new TurnServer({
          sink,
          events: this.events,
          settings: empty,
          unixSeconds: () => Math.floor(Date.now() / 1000),
          random: randomBytes,
          hashSeed: randomBytes(4).readInt32LE(),
          now: Math.floor(performance.now()),
          usage: this.workers?.usage,
        }),
      {
        relayAddresses,
        relayPorts,
        streamLimits,
        events,
      },
    );
  }

  start(): void {
    this.io.start();
    this.discovery?.open(error => this.discoveryOpened(error));
    if (this.workers === undefined) this.logger.info(`datagram I/O: ${this.io.datagramIo}`);
  }

  config(config: RelayConfig, warnings: readonly ConfigProblem[]): void {
    this.warn(warnings.map(problemText));
    this.running = config;
    this.options.log.setLevels(this.options.logLevel ?? config.logLevel);
    this.enforce();
    this.io.apply(config.listeners.filter(listener => !this.isWorkers(listener)));
    this.hosts.watch(config.clusters.flatMap(({ hostnames }) => hostnames ?? []));
    const { name, realm, listeners, clusters, credentials } = config;
    this.logger.info(
      `configuration of ${name} in force: realm ${realm}, ${listeners.length} listeners, ` +
        `${clusters.length} routes, ${credentials.length} credentials`,
    );
    this.options.inForce?.(config);
  }

  problems(problems: readonly ConfigProblem[]): void {
    for (const problem of problems) this.logger.error(problemText(problem));
    this.logger.error(
      this.running === undefined ? 'no configuration yet' : 'the previous configuration stays in force',
    );
  }

  /** Says what is left out, and not again with every change of something else. */
  private warn(texts: readonly string[]): void {
    for (const text of texts) if (!this.warned.has(text)) this.logger.warn(text);
    this.warned = new Set(texts);
  }

  /**
   * Whether clients are served: a configuration is in force, and each of its listeners receives or is known to be off. It
   * stays so, for an endpoint that is not ready loses its UDP flows.
   */
  get ready(): boolean {
    this.wasReady ||= this.running !== undefined && this.io.isSettled && (this.workers?.isSettled ?? true);
    return this.wasReady;
  }

  /** Those of clients, and those of a listener's TCP and TLS connections. */
  limitsInForce(): Iterable<readonly [string, number]> {
    const { connections, connectionsPerSource } = { ...DEFAULT_STREAM_LIMITS, ...this.options.streamLimits };
    const streams = { connectionsPerListener: connections, connectionsPerSource };
    return Object.entries({ ...this.io.core.settings.limits, ...streams }).filter(([, limit]) => limit > 0);
  }

  /** Whether the relay waits for its last allocation to end. */
  draining = false;

  /** Takes no new clients and lets those there are go on. @param onEmpty called once there is none. */
  drain(onEmpty: () => void): void {
    this.draining = true;
    let waiting = this.workers === undefined ? 1 : 2;
    const empty = (): void => {
      if (--waiting === 0) onEmpty();
    };
    this.io.core.drain(empty);
    this.workers?.drain(empty);
  }

  get allocations(): number {
    return this.io.core.store.size + (this.workers?.reports.allocations ?? 0);
  }

  get authenticationFailures(): number {
    return this.events.authenticationFailures + (this.workers?.reports.authenticationFailures ?? 0);
  }

  get datagramIo(): string {
    return this.workers?.datagramIo ?? this.io.datagramIo;
  }

  get dtlsSessions(): { readonly current: number; readonly handshakes: number } {
    return this.io.dtlsSessions;
  }

  socketProblems(): Record<SocketKind, Iterable<readonly [string, number]>> {
    const { datagramCounts, streamCounts, dtlsCounts } = this.io;
    const datagram = this.workers?.reports.numbers('datagrams', datagramCounts.entries()) ?? datagramCounts.entries();
    return { datagram, stream: streamCounts.entries(), dtls: dtlsCounts.entries() };
  }

  listenerTraffic(): Iterable<readonly [string, Traffic]> {
    const { listeners } = this.io.core.store;
    return this.workers?.reports.traffic('listeners', listeners.entries()) ?? listeners.entries();
  }

  routeTraffic(): Iterable<readonly [string, Traffic]> {
    const { routes } = this.io.core.store;
    return this.workers?.reports.traffic('routes', routes.entries()) ?? routes.entries();
  }

  connections(listener: ListenerConfig): { readonly current: number; readonly total: number } {
    if (this.workers === undefined || !this.isWorkers(listener)) return this.io.connections(listener);
    const sockets = this.workers.isListening(listener.name) ? 1 : 0;
    return { current: sockets, total: sockets };
  }

  drops(): Iterable<readonly [string, number]> {
    const drops = Object.entries(this.io.core.counters.drops);
    return this.workers?.reports.numbers('drops', drops) ?? drops;
  }

  refusals(): Iterable<readonly [string, number]> {
    const refusals = Object.entries(this.io.core.counters.refusals);
    return this.workers?.reports.numbers('refusals', refusals) ?? refusals;
  }

  denials(): Iterable<readonly [string, number]> {
    return this.workers?.reports.numbers('denials', this.events.denials) ?? this.events.denials;
  }

  /** Ends every session. */
  close(): void {
    this.hosts.close();
    this.discovery?.close();
    this.workers?.close();
    this.io.close();
  }

  private discoveryOpened(error?: NodeJS.ErrnoException): void {
    const where = this.options.natDiscovery?.map(origin => origin.toString()).join(', ');
    if (error === undefined) this.logger.info(`NAT discovery answers at ${where}`);
    else
      this.logger.error(`NAT discovery is off: ${error.message}; it needs addresses of this host and ports of its own`);
  }

  /** Holds sessions against the configuration, and against what its host names stand for now. */
  private enforce(): void {
    const config = this.running;
    if (config === undefined) return;
    const { allowPeers, alternateServer, natDiscovery, mobility, env = process.env } = this.options;
    const discoveryPorts = natDiscovery?.map(({ port }) => port) ?? [];
    const byName = new Map(config.listeners.map(listener => [listener.name, listener]));
    this.io.core.apply(
      serverSettings(config, {
        before: this.io.core.settings,
        allowPeers,
        alternateServer,
        mobility,
        limits: this.limits,
        dontFragment: this.io.dontFragment,
        ownAddresses: ownAddresses(config, env, discoveryPorts),
        hostAddresses: this.hosts.current,
        relayFamilies: name => this.io.relayFamilies(byName.get(name)!),
      }),
    );
    this.workers?.apply({
      config,
      alternateServer: alternateServer && {
        addresses: alternateServer.addresses.map(({ address, port }) => ({ address, port })),
        domain: alternateServer.domain,
      },
      mobility,
      limits: this.limits,
      logLevel: this.options.logLevel ?? config.logLevel,
      discoveryPorts,
      allowPeers: (allowPeers ?? []).map(prefix => prefix.toString()),
      env: { KUBERNETES_SERVICE_HOST: env.KUBERNETES_SERVICE_HOST },
      hostAddresses: [...this.hosts.current].map(([host, addresses]) => [
        host,
        addresses.map(({ address }) => address),
      ]),
    });
  }

  private isWorkers({ transport }: ListenerConfig): boolean {
    return this.workers !== undefined && transport === 'udp';
  }
}

function natDiscoveryIo(origins: Origins | undefined, limits: Partial<Limits>): NatDiscoveryIo | undefined {
  if (origins === undefined) return undefined;
  const budget = new ReplyBudget(randomBytes(4).readInt32LE());
  return new NatDiscoveryIo(origins, monotonicMs, (source, now) =>
    budget.take(source, { ...DEFAULT_LIMITS, ...limits }, now),
  );
}

/** Each allocation takes a socket. */
function withinOpenFiles(limits: Partial<Limits>): Partial<Limits> {
  const { allocations = DEFAULT_LIMITS.allocations } = limits;
  return { ...limits, allocations: Math.min(allocations, relaySocketLimit() ?? allocations) };
}

const NOTHING: RelayConfig = { name: '', realm: '', logLevel: '', credentials: [], listeners: [], clusters: [] };
