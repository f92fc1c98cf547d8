import { statSync, watch as watchFolder, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface WatchOptions {
  /** How long to wait after a change for those that come with it, in milliseconds. @default 200 */
  readonly debounce?: number;
  /** How often to look even if no change was seen, in milliseconds: not every file system tells. @default 10000 */
  readonly rescan?: number;
}

/**
 * What a look calls for each folder *before* it reads it, so that whatever changes afterwards brings another look.
 * Folders below it are not meant. With `entry`, only what happens to that name counts.
 */
export type Follow = (folder: string, entry?: string) => void;

interface Followed {
  readonly watcher: FSWatcher;
  /** Another folder of the same path is another folder. */
  readonly inode: bigint;
  look: number;
}

/**
 * Looks soon after something changes in the folders that the look before has followed, and now and then in any case;
 * never twice at a time. A hint, not a proof: who looks compares.
 */
export class Watch {
  private readonly followed = new Map<string, Followed>();
  private readonly debounce: number;
  private readonly interval: NodeJS.Timeout;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private looks = 0;
  private closed = false;

  constructor(
    private readonly read: (follow: Follow) => Promise<void>,
    { debounce = 200, rescan = 10_000 }: WatchOptions = {},
  ) {
    this.debounce = debounce;
    this.interval = setInterval(() => this.soon(), rescan);
  }

  /** Looks now, or after the look that is under way. */
  look(): Promise<void> {
    this.running = this.running.then(async () => {
      if (this.closed) return;
      this.looks++;
      await this.read((folder, entry) => this.follow(folder, entry));
      for (const [key, { look }] of this.followed) if (look !== this.looks) this.drop(key);
    });
    return this.running;
  }

  /** Resolves when no look is under way, nor will be. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.interval);
    clearTimeout(this.timer);
    await this.running;
    for (const key of this.followed.keys()) this.drop(key);
  }

  /** The first change sets the time, so that changes without end delay nothing. */
  private soon(): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.look();
    }, this.debounce);
  }

  private follow(folder: string, entry?: string): void {
    const key = `${folder}\0${entry ?? ''}`;
    try {
      const inode = statSync(folder, { bigint: true }).ino;
      const known = this.followed.get(key);
      if (known?.inode === inode) {
        known.look = this.looks;
        return;
      }
      this.drop(key);
      const watcher = watchFolder(folder);
      this.followed.set(key, { watcher, inode, look: this.looks });
      watcher
        .on('error', () => this.drop(key))
        .on('change', (event, name: string | Buffer | null) => {
          const changed = name?.toString();
          // A folder that goes away itself is told by its own name; a later one may get its inode.
          const isSelf = event === 'rename' && changed === basename(folder);
          if (isSelf && this.followed.get(key)?.watcher === watcher) this.drop(key);
          if (isSelf || entry === undefined || changed === undefined || concerns(changed, entry)) this.soon();
        });
    } catch {
      // Out of watches, or the folder is not there: the next look tries again.
      this.drop(key);
    }
  }

  private drop(key: string): void {
    this.followed.get(key)?.watcher.close();
    this.followed.delete(key);
  }
}

/** Follows what a path leads to when that is replaced, or comes to be. */
export function followEntry(follow: Follow, path: string): void {
  follow(dirname(path), basename(path));
}

/** A mounted volume is renewed by swapping the link `..data`, through which its entries lead. */
function concerns(changed: string, entry: string): boolean {
  return changed === entry || changed.startsWith('..');
}
