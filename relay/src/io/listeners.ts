import { layer4, needsCertificate } from '../config/protocol';
import type { ListenerConfig } from '../config/relay-config';
import type { Opened } from './datagram';
import type { Certificate } from './stream-server';

/** A listening socket, open or being opened. */
export interface OpenListener {
  /** @throws Error if it cannot be used: the old one stays. */
  setCertificate(certificate: Certificate): void;
  close(): void;
}

/** Opens the socket of a listener. `opened` is called once, unless it is closed first. @throws Error if it cannot be. */
export type OpenSocket = (config: ListenerConfig, opened: Opened) => OpenListener;

export interface ListenerEvents {
  /** The listener receives clients from now on. */
  listening(config: ListenerConfig): void;
  /** The listener is off, or runs with less than its configuration asks for. Told once, until something changes. */
  listenerProblem(listener: string, problem: string): void;
}

interface Entry {
  config: ListenerConfig;
  state: 'off' | 'opening' | 'open';
  /** The latest; useless if `off`. */
  socket?: OpenListener;
  problem?: string;
}

/** Makes the listening sockets what the configuration says, and leaves those alone that are so already. */
export class Listeners {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly open: OpenSocket,
    private readonly events: ListenerEvents,
  ) {}

  /** Closes what is gone first, so that its port is free for others. What cannot be opened is a problem of its own only. */
  apply(configs: readonly ListenerConfig[]): void {
    const wanted = new Map(configs.map(config => [config.name, config]));
    for (const [name, { config, socket }] of [...this.entries]) {
      if (sameSocket(config, wanted.get(name))) continue;
      this.entries.delete(name);
      socket?.close();
    }
    for (const config of configs) {
      const entry = this.entries.get(config.name);
      if (entry?.socket !== undefined && entry.state !== 'off') this.update(entry, entry.socket, config);
      else this.start(entry, config);
    }
  }

  /** Tries those again that could not be opened: a port may have become free. */
  retry(): void {
    for (const entry of this.entries.values()) {
      if (entry.state === 'off') this.start(entry, entry.config);
    }
  }

  /** The configuration a listener runs with. */
  config(listener: string): ListenerConfig | undefined {
    return this.entries.get(listener)?.config;
  }

  /** What keeps listeners from what their configuration asks for, by name. */
  get problems(): ReadonlyMap<string, string> {
    return new Map(
      [...this.entries].flatMap(([name, { problem }]) => (problem === undefined ? [] : [[name, problem]])),
    );
  }

  /** Whether a listener receives clients. */
  isListening(listener: string): boolean {
    return this.entries.get(listener)?.state === 'open';
  }

  /** Whether of each listener it is known if it receives. */
  get isSettled(): boolean {
    return [...this.entries.values()].every(({ state }) => state !== 'opening');
  }

  private start(known: Entry | undefined, config: ListenerConfig): void {
    const entry: Entry = known ?? { config, state: 'off' };
    entry.config = config;
    this.entries.set(config.name, entry);
    const off = offReason(config);
    if (off !== undefined) {
      this.report(entry, off);
      return;
    }
    entry.state = 'opening';
    try {
      entry.socket = this.open(config, error => this.opened(entry, error));
    } catch (error) {
      entry.state = 'off';
      this.report(entry, `listener ${config.name} is off: ${messageOf(error)}`);
    }
  }

  private opened(entry: Entry, error: NodeJS.ErrnoException | undefined): void {
    if (this.entries.get(entry.config.name) !== entry) return;
    if (error !== undefined) {
      entry.state = 'off';
      this.report(entry, cannotListen(entry.config, error));
      return;
    }
    entry.state = 'open';
    entry.problem = undefined;
    this.events.listening(entry.config);
  }

  private update(entry: Entry, socket: OpenListener, config: ListenerConfig): void {
    const previous = entry.config.certificate;
    entry.config = config;
    if (!needsCertificate(config.transport) || sameCertificate(previous, config.certificate)) {
      entry.problem = undefined;
      return;
    }
    try {
      if (config.certificate === undefined) throw new Error('it has none now');
      socket.setCertificate(config.certificate);
      entry.problem = undefined;
    } catch (error) {
      entry.config = { ...config, certificate: previous };
      this.report(entry, `listener ${config.name} keeps its previous certificate: ${messageOf(error)}`);
    }
  }

  private report(entry: Entry, problem: string): void {
    if (entry.problem === problem) return;
    entry.problem = problem;
    this.events.listenerProblem(entry.config.name, problem);
  }
}

function sameSocket(a: ListenerConfig, b: ListenerConfig | undefined): boolean {
  return a.transport === b?.transport && a.port === b.port;
}

function sameCertificate(a: Certificate | undefined, b: Certificate | undefined): boolean {
  return a?.cert === b?.cert && a?.key === b?.key;
}

function offReason({ name, transport, certificate }: ListenerConfig): string | undefined {
  if (needsCertificate(transport) && certificate === undefined) {
    const protocol = transport.toUpperCase();
    return `listener ${name} is off: it has no certificate; ${protocol} starts as soon as there is one`;
  }
  return undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use; stop what listens there, or give the listener another port',
  EACCES: 'permission denied; ports below 1024 need the capability NET_BIND_SERVICE',
  EMFILE: 'too many open files; raise the limit of open files',
};

export function cannotListen({ name, transport, port }: ListenerConfig, error: NodeJS.ErrnoException): string {
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return `listener ${name} cannot listen on ${layer4(transport).toUpperCase()} ${port}: ${reason}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
