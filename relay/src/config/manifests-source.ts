import type { ConfigListener, ConfigSource } from './config-source';
import { readManifests } from './manifests';
import { ObjectSet } from './objects';
import { Outcomes, type Outcome } from './outcome';
import { readTree } from './read-tree';
import { resolve, type ResolveOptions } from './resolve';
import { Watch, type Follow, type WatchOptions } from './watch';

export interface ManifestsSourceOptions extends ResolveOptions, WatchOptions {
  /** Files, and folders of `*.yaml`, `*.yml` and `*.json` files at any depth. */
  readonly paths: readonly string[];
  /** Follow changes; else the manifests are read once. @default true */
  readonly watch?: boolean;
}

/**
 * Kubernetes manifests in files, resolved as a cluster's objects are. All files are one: if any is bad, none of the
 * change is taken. A file that is rewritten in place may be seen half written: write another and rename it.
 */
export class ManifestsSource implements ConfigSource {
  private watch: Watch | undefined;

  constructor(private readonly options: ManifestsSourceOptions) {}

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
    const tree = await readTree(this.options.paths, follow);
    const manifests = tree.files.map(({ file, text }) => readManifests(text, file));
    const objects = ObjectSet.of(manifests.flatMap(({ documents }) => documents));
    const problems = [...tree.problems, ...manifests.flatMap(each => each.problems), ...objects.problems];
    if (problems.length > 0) return { problems };
    const { config, warnings } = resolve(objects, this.options);
    return config === undefined ? { problems: warnings } : { config, warnings };
  }
}
