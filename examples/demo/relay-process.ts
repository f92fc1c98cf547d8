import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One line of the relay's log (`--log-format json`). */
export interface LogLine {
  readonly level: string;
  readonly scope: string;
  readonly msg: string;
  readonly reason?: string;
}

/** The built relay as a child process, with its log read as it comes. */
export class RelayProcess {
  readonly lines: LogLine[] = [];
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private ended: string | undefined;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;

  /** @param command the built relay, which this Node runs; or the words of a command that runs one. */
  constructor(command: string | readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const [program, ...first] = typeof command === 'string' ? [process.execPath, command] : command;
    this.child = spawn(program!, [...first, ...args, '--log-format=json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', line => this.read(line));
    }
    this.exited = new Promise(resolve =>
      this.child.on('exit', (code, signal) => {
        this.ended = `the relay ended (${signal ?? `exit code ${code}`})`;
        this.wake();
        resolve(signal ?? code!);
      }),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /**
   * The first line that matches, now or within fifteen seconds; of those from `since` on, an earlier `lines.length`.
   *
   * @throws Error with the relay's own words if there is none.
   */
  async line(matches: (line: LogLine) => boolean, since = 0): Promise<LogLine> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = this.lines.slice(since).find(matches);
      if (found !== undefined) return found;
      if (this.ended !== undefined || Date.now() > deadline) throw new Error(this.complaint());
      await this.next(deadline - Date.now());
    }
  }

  /** Ends the relay at once; on SIGTERM it would wait for its last session. */
  async stop(): Promise<void> {
    this.signal('SIGINT');
    await this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private read(text: string): void {
    this.lines.push(text.startsWith('{') ? (JSON.parse(text) as LogLine) : { level: 'ERROR', scope: '', msg: text });
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private next(timeout: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, timeout);
      this.waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private complaint(): string {
    const said = this.lines.filter(({ level }) => level !== 'INFO').map(({ msg }) => `  ${msg}`);
    return [this.ended ?? 'the relay is not ready', ...said].join('\n');
  }
}
