import type { ObjectSet } from '../objects';
import type { Resolved } from '../resolve';

/** Is told what every look at the cluster came to; who writes status, say. */
export interface ClusterObserver {
  /** Objects and their resolution; also where it gives no configuration. Never throws, returns at once. */
  resolved(resolved: Resolved, objects: ObjectSet): void;
  /** This replica drains: leave what one of several does to the others. */
  resign(): Promise<void>;
  /** The source is closed: end what runs, give up what is held. */
  close(): Promise<void>;
}
