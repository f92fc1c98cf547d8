import type { ConfigListener, ConfigProblem, ConfigSource } from '../config-source';
import { Memory } from '../memory';
import { Outcomes } from '../outcome';
import { Problems } from '../problems';
import { resolve, type ResolveOptions } from '../resolve';
import type { ClusterObserver } from './cluster-observer';
import type { KubeApi } from './kube-api';
import { ObjectStore, StoreSink } from './object-store';
import { Pace } from './pace';
import { Reflector, type Trouble } from './reflector';
import { type Resource, resources, secretResource } from './resource';

export interface ClusterSourceOptions extends ResolveOptions {
  readonly api: KubeApi;
  /** The only namespace to look at. @default all */
  readonly namespace?: string;
  /** Follow changes; else the objects are read once. @default true */
  readonly watch?: boolean;
  /** Told of every pass. @default none */
  readonly observers?: readonly ClusterObserver[];
}

interface Watched {
  readonly resource: Resource;
  readonly sink: StoreSink;
  readonly reflector: Reflector;
}

/**
 * The objects of a cluster, resolved as manifests are. Nothing is delivered before all of them are known; from then on
 * what is known serves, whatever becomes of the API server. Of Secrets those are read that the objects refer to.
 */
export class ClusterSource implements ConfigSource {
  private readonly memory = new Memory();
  private readonly pace = new Pace(() => this.look());
  private readonly store = new ObjectStore(what => this.pace.soon(what));
  private readonly kinds: Watched[] = [];
  private readonly secrets = new Map<string, Watched>();
  private listener: ConfigListener | undefined;
  private outcomes: Outcomes | undefined;
  private troubles: Outcomes | undefined;
  private isTroubled = false;
  private looked: (() => void) | undefined;

  constructor(private readonly options: ClusterSourceOptions) {}

  /** Resolves at once if changes are followed: an API server may be long in coming. */
  async start(listener: ConfigListener): Promise<void> {
    this.listener = listener;
    this.begin();
    const { namespace, gatewayApiRoutes } = this.options;
    for (const resource of resources(namespace, gatewayApiRoutes)) this.kinds.push(this.watched(resource));
    if (this.options.watch !== false) return;
    await new Promise<void>(resolve => (this.looked = resolve));
    await this.close();
  }

  async resign(): Promise<void> {
    await Promise.all((this.options.observers ?? []).map(observer => observer.resign()));
  }

  async close(): Promise<void> {
    this.pace.close();
    await Promise.all([...this.kinds, ...this.secrets.values()].map(({ reflector }) => reflector.close()));
    await Promise.all((this.options.observers ?? []).map(observer => observer.close()));
  }

  private begin(): void {
    this.outcomes = new Outcomes(this.listener!);
    this.troubles = new Outcomes(this.listener!);
  }

  private watched(resource: Resource): Watched {
    const sink = new StoreSink(resource.kind, this.store, () => this.pace.soon('meaning'));
    return { resource, sink, reflector: new Reflector(this.options.api, resource, sink) };
  }

  private look(): void {
    this.tellTroubles();
    if (!this.kinds.every(({ sink }) => sink.isSynced)) return;
    const { objects } = this.store;
    const resolved = resolve(objects, this.options, this.memory);
    this.follow(resolved.secrets);
    // A Secret that is not known yet is not a missing one.
    if (![...this.secrets.values()].every(({ sink }) => sink.isSynced)) return;

    const { config } = resolved;
    const warnings = [...this.told('absent'), ...resolved.warnings];
    this.outcomes!.deliver(config === undefined ? { problems: warnings } : { config, warnings });
    for (const observer of this.options.observers ?? []) observer.resolved(resolved, objects);
    this.looked?.();
  }

  /** Tells what keeps objects from being known, if that has changed; the configuration again once nothing does. */
  private tellTroubles(): void {
    const problems = [...this.told('forbidden'), ...this.told('unreachable')];
    if (problems.length > 0) {
      this.isTroubled = true;
      this.troubles!.deliver({ problems });
      if (this.options.watch === false) this.looked?.();
    } else if (this.isTroubled) {
      this.isTroubled = false;
      this.begin();
    }
  }

  private told(kind: Trouble['kind']): readonly ConfigProblem[] {
    const problems = new Problems();
    for (const { sink } of [...this.kinds, ...this.secrets.values()]) {
      const { current } = sink;
      if (current?.kind === kind) problems.add({ file: this.options.api.server, message: current.message });
    }
    return problems.list;
  }

  /** Watches the Secrets that were asked for, and no others. */
  private follow(wanted: ReadonlySet<string>): void {
    for (const [id, { sink, reflector }] of this.secrets) {
      if (wanted.has(id)) continue;
      this.secrets.delete(id);
      void reflector.close();
      sink.clear();
    }
    for (const id of wanted) if (!this.secrets.has(id)) this.secrets.set(id, this.watched(secretResource(id)));
  }
}
