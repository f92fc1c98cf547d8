import type { ClusterConfig } from '../config/relay-config';

/** What is to be changed in the clusters that a worker has. */
export interface ClusterChanges {
  readonly gone: readonly string[];
  readonly come: readonly ClusterConfig[];
}

/** The clusters that a worker was sent: of thousands it is sent those that have changed. */
export class SentClusters {
  private sent = new Map<string, ClusterConfig>();

  /** What a worker lacks of the clusters; it is taken for sent. */
  changesTo(clusters: readonly ClusterConfig[]): ClusterChanges {
    const { sent } = this;
    this.sent = new Map();
    const come: ClusterConfig[] = [];
    for (const cluster of clusters) {
      this.sent.set(cluster.name, cluster);
      if (sent.get(cluster.name) !== cluster) come.push(cluster);
    }
    return { gone: [...sent.keys()].filter(name => !this.sent.has(name)), come };
  }
}

/** The clusters that a worker has; those that have not changed stay the same objects. */
export class HeldClusters {
  private readonly held = new Map<string, ClusterConfig>();

  apply({ gone, come }: ClusterChanges): readonly ClusterConfig[] {
    for (const name of gone) this.held.delete(name);
    for (const cluster of come) this.held.set(cluster.name, cluster);
    return [...this.held.values()];
  }
}
