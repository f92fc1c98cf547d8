import { destination as openDestination, pino, type Logger as PinoLogger } from 'pino';
import { LogLevels, type Level } from './levels';
import { textLine } from './text-line';

export type LogFormat = 'text' | 'json';

/** Things a message is about, by name. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Logs for one scope. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  /** Whether a message would come out: for those that cost something to put together. */
  isEnabled(level: Exclude<Level, 'DISABLE'>): boolean;
}

/** Takes whole lines. */
export interface LogDestination {
  write(line: string): void;
  /** Calls back once all is out. */
  flush?(done: () => void): void;
}

export interface LogOptions {
  /** @default text */
  readonly format?: LogFormat;
  /** `scope:LEVEL`, separated by commas. @default all:INFO */
  readonly levels?: string;
  /** @default standard output, without waiting for its reader */
  readonly destination?: LogDestination;
}

/** Bytes that wait for a slow reader of standard output; what comes on top is lost, for media does not wait for logs. */
const MAX_BACKLOG = 1024 * 1024;

/** The relay's log: one logger for each scope, with levels that change while it runs. */
export class Log {
  private readonly root: PinoLogger;
  private readonly scopes = new Map<string, PinoLogger>();
  private readonly destination: LogDestination;
  private levels: LogLevels;

  constructor({ format = 'text', levels = '', destination = standardOutput() }: LogOptions = {}) {
    this.levels = LogLevels.parse(levels);
    this.destination = destination;
    this.root = pino(
      {
        base: null,
        level: 'trace',
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: label => ({ level: label.toUpperCase() }) },
      },
      format === 'json' ? destination : { write: line => destination.write(textLine(line)) },
    );
  }

  /** Takes a finished line, such as another thread's. */
  line(text: string): void {
    this.destination.write(text);
  }

  /** The logger of a scope; scopes are words of the program, so their number is bounded. */
  scope(name: string): Logger {
    const logger =
      this.scopes.get(name) ?? this.root.child({ scope: name }, { level: pinoLevel(this.levels.of(name)) });
    this.scopes.set(name, logger);
    return new ScopeLogger(logger);
  }

  /** Takes effect at once, in loggers that were handed out before too. */
  setLevels(text: string): void {
    this.levels = LogLevels.parse(text);
    for (const [name, logger] of this.scopes) logger.level = pinoLevel(this.levels.of(name));
  }

  /** Resolves once all is out, which is never if nobody reads: to be awaited for a while before the process exits. */
  async flush(): Promise<void> {
    const { destination } = this;
    if (destination.flush !== undefined) await new Promise<void>(done => destination.flush?.(done));
  }
}

class ScopeLogger implements Logger {
  constructor(private readonly pino: PinoLogger) {}

  error(message: string, fields?: LogFields): void {
    this.pino.error(fields ?? {}, message);
  }

  warn(message: string, fields?: LogFields): void {
    this.pino.warn(fields ?? {}, message);
  }

  info(message: string, fields?: LogFields): void {
    this.pino.info(fields ?? {}, message);
  }

  debug(message: string, fields?: LogFields): void {
    this.pino.debug(fields ?? {}, message);
  }

  trace(message: string, fields?: LogFields): void {
    this.pino.trace(fields ?? {}, message);
  }

  isEnabled(level: Exclude<Level, 'DISABLE'>): boolean {
    return this.pino.isLevelEnabled(pinoLevel(level));
  }
}

function standardOutput(): LogDestination {
  return openDestination({ dest: 1, sync: false, minLength: 1, maxLength: MAX_BACKLOG });
}

function pinoLevel(level: Level): string {
  return level === 'DISABLE' ? 'silent' : level.toLowerCase();
}
