import { randomBytes } from 'node:crypto';
import { type ConfigListener, type ConfigProblem, problemText } from './config/config-source';
import type { RelayConfig } from './config/relay-config';
import { HostAddresses } from './io/host-addresses';
import type { PortRange } from './io/datagram';
import { RelayIo } from './io/relay-io';
import type { Log, Logger } from './log/logger';
import { ownAddresses } from './own-addresses';
import type { Prefix } from './peer/prefix';
import { serverSettings } from './settings';
import { TurnLog } from './turn-log';
import { TurnServer } from './turn/server';
import { layer4 } from './config/protocol';

export interface RelayOptions {
  readonly log: Log;
  /** Keeps the log levels of the command line, whatever the configuration says. */
  readonly logLevel?: string;
  /** @default the listener's, else one of this host's own */
  readonly relayAddresses?: readonly string[];
  readonly relayPorts?: PortRange;
  /** The operator's exceptions from the ranges that no route may open. */
  readonly allowPeers?: readonly Prefix[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A TURN relay: obeys the configurations that a source delivers. */
export class Relay implements ConfigListener {
  readonly io: RelayIo<TurnServer>;
  readonly events: TurnLog;
  private readonly logger: Logger;
  private readonly hosts: HostAddresses;
  private running: RelayConfig | undefined;

  constructor(private readonly options: RelayOptions) {
    const { log, relayAddresses, relayPorts } = options;
    this.logger = log.scope('stunnerd');
    this.events = new TurnLog(log.scope('turn'), log.scope('auth'), () => performance.now());
    this.hosts = new HostAddresses(() => this.enforce());
    const empty = serverSettings(NOTHING, { relayFamilies: () => [] });
    this.io = new RelayIo(
      sink =>
        new TurnServer({
          sink,
          events: this.events,
          settings: empty,
          unixSeconds: () => Math.floor(Date.now() / 1000),
          hashSeed: randomBytes(4).readInt32LE(),
          now: Math.floor(performance.now()),
        }),
      {
        relayAddresses,
        relayPorts,
        events: {
          listening: ({ name, transport, port }) =>
            this.logger.info(`listener ${name} receives on ${layer4(transport).toUpperCase()} ${port} (${transport})`),
          listenerProblem: (_, problem) => this.logger.warn(problem),
        },
      },
    );
  }

  start(): void {
    this.io.start();
    this.logger.info(`datagram I/O: ${this.io.datagramIo}`);
  }

  config(config: RelayConfig, warnings: readonly ConfigProblem[]): void {
    for (const warning of warnings) this.logger.warn(problemText(warning));
    this.running = config;
    this.options.log.setLevels(this.options.logLevel ?? config.logLevel);
    this.enforce();
    this.io.apply(config.listeners);
    this.hosts.watch(config.clusters.flatMap(({ hostnames }) => hostnames ?? []));
    const { name, realm, listeners, clusters, credentials } = config;
    this.logger.info(
      `configuration of ${name} in force: realm ${realm}, ${listeners.length} listeners, ` +
        `${clusters.length} routes, ${credentials.length} credentials`,
    );
  }

  problems(problems: readonly ConfigProblem[]): void {
    for (const problem of problems) this.logger.error(problemText(problem));
    this.logger.error(
      this.running === undefined ? 'no configuration yet' : 'the previous configuration stays in force',
    );
  }

  /** Whether a configuration is in force. */
  get ready(): boolean {
    return this.running !== undefined;
  }

  /** Ends every session. */
  close(): void {
    this.hosts.close();
    this.io.close();
  }

  /** Holds sessions against the configuration, and against what its host names stand for now. */
  private enforce(): void {
    const config = this.running;
    if (config === undefined) return;
    const { allowPeers, env = process.env } = this.options;
    const byName = new Map(config.listeners.map(listener => [listener.name, listener]));
    this.io.core.apply(
      serverSettings(config, {
        allowPeers,
        ownAddresses: ownAddresses(config, env),
        hostAddresses: this.hosts.current,
        relayFamilies: name => this.io.relayFamilies(byName.get(name)!),
      }),
    );
  }
}

const NOTHING: RelayConfig = { name: '', realm: '', logLevel: '', credentials: [], listeners: [], clusters: [] };
