import type { Kind, KubeObject } from './objects';

/** Objects that are found together, by id. */
class Shelf {
  private readonly byId = new Map<string, KubeObject>();
  private sorted: readonly KubeObject[] | undefined = [];

  get(id: string): KubeObject | undefined {
    return this.byId.get(id);
  }

  put(object: KubeObject): void {
    this.byId.set(object.id, object);
    this.sorted = undefined;
  }

  remove(id: string): void {
    if (this.byId.delete(id)) this.sorted = undefined;
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** Sorted by id; the same array until an object comes, changes or goes. */
  get all(): readonly KubeObject[] {
    this.sorted ??= [...this.byId.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
    return this.sorted;
  }
}

const NONE: readonly KubeObject[] = [];

/** Objects by kind, by namespace, and EndpointSlices by the Service they belong to. */
export class ObjectIndex {
  private readonly shelves = new Map<string, Shelf>();

  get(kind: Kind, id: string): KubeObject | undefined {
    return this.shelves.get(kind)?.get(id);
  }

  /** Takes the place of an object of the same kind and id. */
  put(object: KubeObject): void {
    this.remove(object.kind, object.id);
    for (const key of keysOf(object)) {
      let shelf = this.shelves.get(key);
      if (shelf === undefined) this.shelves.set(key, (shelf = new Shelf()));
      shelf.put(object);
    }
  }

  remove(kind: Kind, id: string): void {
    const object = this.get(kind, id);
    for (const key of object === undefined ? [] : keysOf(object)) {
      const shelf = this.shelves.get(key)!;
      shelf.remove(id);
      if (shelf.isEmpty) this.shelves.delete(key);
    }
  }

  list(kind: Kind, namespace?: string): readonly KubeObject[] {
    return this.at(namespace === undefined ? kind : `${kind} ${namespace}`);
  }

  /** EndpointSlices of a Service; of `?` those that cannot be read to say. */
  slices(namespace: string, service: string): readonly KubeObject[] {
    return this.at(`EndpointSlice ${namespace}/${service}`);
  }

  private at(key: string): readonly KubeObject[] {
    return this.shelves.get(key)?.all ?? NONE;
  }
}

function keysOf(object: KubeObject): readonly string[] {
  const { kind, namespace } = object;
  const keys = namespace === '' ? [kind] : [kind, `${kind} ${namespace}`];
  if (kind !== 'EndpointSlice') return keys;
  const service = object.label(SERVICE_LABEL, '') ?? UNREADABLE;
  return service === '' ? keys : [...keys, `${kind} ${namespace}/${service}`];
}

/** No Service has this name. */
export const UNREADABLE = '?';
/** Ties an EndpointSlice to its Service. */
export const SERVICE_LABEL = 'kubernetes.io/service-name';
