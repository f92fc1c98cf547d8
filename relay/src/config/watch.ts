import { statSync, watch as watchPath, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchOptions {
  /** How long to wait after a change for those that come with it, in milliseconds. @default 200 */
  readonly debounce?: number;
  /** How often to look even if no change was seen, in milliseconds: not every file system tells. @default 10000 */
  readonly rescan?: number;
}

/**
 * Calls `changed` soon after something below the paths changes, and now and then in any case; never twice at a time.
 * A hint, not a proof: who is called compares.
 */
export class Watch {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly debounce: number;
  private readonly interval: NodeJS.Timeout;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly paths: readonly string[],
    private readonly changed: () => Promise<void>,
    { debounce = 200, rescan = 10_000 }: WatchOptions = {},
  ) {
    this.debounce = debounce;
    this.interval = setInterval(() => this.soon(), rescan);
    this.watchAll();
  }

  /** Calls `changed` now, after a call that is under way. */
  look(): Promise<void> {
    this.running = this.running.then(() => (this.closed ? undefined : this.changed()));
    return this.running;
  }

  /** Resolves when no call of `changed` is under way, nor will be. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.interval);
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    await this.running;
  }

  /** The first change sets the time, so that changes without end delay nothing. */
  private soon(): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.watchAll();
      void this.look();
    }, this.debounce);
  }

  /**
   * Watches folders at any depth. For a file its folder is watched, which tells of another that takes its place; so it
   * is for what is not there yet.
   */
  private watchAll(): void {
    for (const path of this.paths) {
      if (this.watchers.has(path)) continue;
      try {
        const recursive = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
        const watcher = watchPath(recursive ? path : dirname(path), { recursive });
        this.watchers.set(path, watcher);
        const drop = (): void => {
          watcher.close();
          if (this.watchers.get(path) === watcher) this.watchers.delete(path);
        };
        watcher.on('error', drop).on('change', event => {
          // What came or went may be the watched path itself: watch what is there now.
          if (event === 'rename') drop();
          this.soon();
        });
      } catch {
        // Out of watches, or not even the folder is there: the next look tries again.
        continue;
      }
    }
  }
}
