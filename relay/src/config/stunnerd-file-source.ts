import { resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigListener, ConfigSource } from './config-source';
import type { Environment } from './expand-env';
import { Outcomes, type Outcome } from './outcome';
import { readBounded, unreadable } from './read-tree';
import { parseStunnerdConfig } from './stunnerd-v1';
import { followEntry, Watch, type Follow, type WatchOptions } from './watch';

export interface StunnerdFileSourceOptions extends WatchOptions {
  /** Path of the file, or its `file://` URL; after `file://` a path may be relative, too. */
  readonly path: string;
  /** What `$NAME` in the file stands for. @default process.env */
  readonly env?: Environment;
  /** Follow changes; else the file is read once. @default true */
  readonly watch?: boolean;
}

/** A stunnerd configuration file. */
export class StunnerdFileSource implements ConfigSource {
  private readonly file: string;
  private watch: Watch | undefined;

  constructor(private readonly options: StunnerdFileSourceOptions) {
    this.file = pathOf(options.path);
  }

  async start(listener: ConfigListener): Promise<void> {
    const outcomes = new Outcomes(listener);
    const look = async (follow?: Follow): Promise<void> => outcomes.deliver(await this.read(follow));
    if (this.options.watch === false) return look();
    this.watch = new Watch(look, this.options);
    await this.watch.look();
  }

  async close(): Promise<void> {
    await this.watch?.close();
  }

  private async read(follow?: Follow): Promise<Outcome> {
    if (follow !== undefined) followEntry(follow, this.file);
    try {
      const result = parseStunnerdConfig(await readBounded(this.file), this.options.env ?? process.env);
      const { file } = this;
      return 'config' in result
        ? { config: result.config, warnings: result.warnings.map(warning => ({ ...warning, file })) }
        : { problems: result.problems.map(problem => ({ ...problem, file })) };
    } catch (error) {
      return { problems: [unreadable(this.file, error)] };
    }
  }
}

function pathOf(path: string): string {
  if (path.startsWith('file:///')) return fileURLToPath(path);
  return absolute(path.startsWith('file://') ? path.slice('file://'.length) : path);
}
