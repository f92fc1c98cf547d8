import WebSocket from 'ws';
import type { ConfigListener, ConfigSource } from './config-source';
import type { Environment } from './expand-env';
import { Outcomes, type Outcome } from './outcome';
import { parseStunnerdConfig } from './stunnerd-v1';

/** The keep-alive that STUNner's config discovery service and its clients agree on. */
const PING_MS = 5000;
const DEAD_MS = 8000;
const RETRY_MS = 1000;
/** Largest configuration taken, in bytes: some 100,000 endpoints. */
const MAX_CONFIG = 32 * 1024 * 1024;

export interface DiscoverySourceOptions {
  /** `http://host:port` of the service. */
  readonly url: string;
  /** `<namespace>/<gateway>`. */
  readonly id: string;
  /** Tells the service which node's address to fill in. */
  readonly node?: string;
  /** What `$NAME` stands for, `$STUNNER_ADDR` above all. @default process.env */
  readonly env?: Environment;
  /** Stay connected and follow changes; else ask once. @default true */
  readonly watch?: boolean;
}

/**
 * STUNner's config discovery service: the operator renders, the relay obeys. Every message is a whole configuration.
 * Connects again for ever, and the last configuration runs on meanwhile.
 */
export class DiscoverySource implements ConfigSource {
  private socket: WebSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: DiscoverySourceOptions) {}

  async start(listener: ConfigListener): Promise<void> {
    const outcomes = new Outcomes(listener);
    if (this.options.watch === false) outcomes.deliver(await this.load());
    else this.connect(outcomes);
  }

  close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
    return Promise.resolve();
  }

  private connect(outcomes: Outcomes): void {
    const url = this.url();
    url.protocol = 'ws:';
    url.searchParams.set('watch', 'true');
    const socket = new WebSocket(url, { maxPayload: MAX_CONFIG, handshakeTimeout: DEAD_MS, perMessageDeflate: false });
    this.socket = socket;

    let heardAt = performance.now();
    const heard = (): void => void (heardAt = performance.now());
    const keepAlive = setInterval(() => {
      if (performance.now() - heardAt > DEAD_MS) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.ping('keepalive');
    }, PING_MS);
    socket.on('pong', heard).on('ping', heard).on('open', heard);
    socket.on('message', (data, isBinary) => {
      heard();
      if (isBinary) return socket.terminate();
      const outcome = this.read((data as Buffer).toString('utf8'));
      if (outcome !== undefined) outcomes.deliver(outcome);
    });
    socket.on('error', error => outcomes.deliver(this.unreachable(error)));
    socket.on('close', () => {
      clearInterval(keepAlive);
      if (!this.closed) this.timer = setTimeout(() => this.connect(outcomes), RETRY_MS);
    });
  }

  private async load(): Promise<Outcome> {
    try {
      const response = await fetch(this.url(), { signal: AbortSignal.timeout(DEAD_MS) });
      if (!response.ok) throw new Error(`the service answers ${response.status}`);
      const nothing = { problems: [{ file: this.options.url, message: `no configuration of ${this.options.id} yet` }] };
      return this.read(await response.text()) ?? nothing;
    } catch (error) {
      return this.unreachable(error);
    }
  }

  /** Undefined for a zero configuration: the service sends one when it forgets a gateway, and sessions are to outlive it. */
  private read(text: string): Outcome | undefined {
    const { url: file, id, env = process.env } = this.options;
    const result = parseStunnerdConfig(text, env);
    if ('problems' in result) return { problems: result.problems.map(problem => ({ ...problem, file })) };
    const { config, warnings } = result;
    if (config.name !== id) {
      const message = `a configuration of another gateway (got ${JSON.stringify(config.name)}): ${id}`;
      return { problems: [{ file, field: 'admin.name', message }] };
    }
    if (config.listeners.length === 0 && config.clusters.length === 0) return undefined;
    return { config, warnings: warnings.map(warning => ({ ...warning, file })) };
  }

  private url(): URL {
    const { url, id, node } = this.options;
    const path = id.split('/').map(encodeURIComponent).join('/');
    const full = new URL(`${url.replace(/\/+$/, '')}/api/v1/configs/${path}`);
    if (node !== undefined) full.searchParams.set('node', node);
    return full;
  }

  private unreachable(error: unknown): Outcome {
    const message = error instanceof Error ? error.message || String(error) : String(error);
    return {
      problems: [{ file: this.options.url, message: `the config discovery service cannot be used: ${message}` }],
    };
  }
}
