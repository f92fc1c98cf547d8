import { isDeepStrictEqual } from 'node:util';
import { type Kind, type KubeObject, ObjectSet, readObject } from '../objects';
import { Problems } from '../problems';
import type { ReflectorSink, Trouble } from './reflector';
import { isTree, trimmed } from './trim';

/** What of an object has changed: something that is resolved, or only its status. */
export type Change = 'meaning' | 'status';

/** The objects of a cluster as they are now. An object that has not changed stays the same one, for who remembers it. */
export class ObjectStore {
  readonly objects = new ObjectSet();
  private readonly versions = new Map<string, string>();

  /** @param changed called after each change. */
  constructor(private readonly changed: (what: Change) => void) {}

  put(document: Record<string, unknown>): string | undefined {
    const value = trimmed(document);
    const object = readObject({ value }, new Problems());
    if (object === undefined) return undefined;
    const version = versionOf(document);
    const key = object.toString();
    if (version !== '' && this.versions.get(key) === version) return object.id;
    this.versions.set(key, version);
    const before = this.objects.get(object.kind, object.namespace, object.name);
    if (before !== undefined && hasSameMeaning(before, value)) {
      before.renew(value);
      this.changed('status');
    } else {
      this.objects.put(object);
      this.changed('meaning');
    }
    return object.id;
  }

  remove(kind: Kind, id: string): void {
    if (!this.versions.delete(`${kind} ${id}`)) return;
    this.objects.remove(kind, id);
    this.changed('meaning');
  }
}

/** Of one kind's objects, those that a reflector has told of. */
export class StoreSink implements ReflectorSink {
  /** A list has been read, or it is known that there is none to be had. */
  isSynced = false;
  current: Trouble | undefined;
  private ids = new Set<string>();
  private before: ReadonlySet<string> = new Set();

  constructor(
    private readonly kind: Kind,
    private readonly store: ObjectStore,
    private readonly changed: () => void,
  ) {}

  listing(): void {
    this.before = new Set([...this.before, ...this.ids]);
    this.ids = new Set();
  }

  put(document: Record<string, unknown>): void {
    const id = this.store.put(document);
    if (id !== undefined) this.ids.add(id);
  }

  remove(document: Record<string, unknown>): void {
    const object: KubeObject | undefined = readObject({ value: document }, new Problems());
    if (object === undefined) return;
    this.ids.delete(object.id);
    this.store.remove(this.kind, object.id);
  }

  listed(): void {
    for (const id of this.before) if (!this.ids.has(id)) this.store.remove(this.kind, id);
    this.before = new Set();
    this.isSynced = true;
    this.changed();
  }

  trouble(trouble: Trouble | undefined): void {
    if (trouble?.message === this.current?.message) return;
    this.current = trouble;
    // Where there is no such kind there are no such objects. One Secret that may not be read is one that is missing.
    if (trouble?.kind === 'absent' || (trouble?.kind === 'forbidden' && this.kind === 'Secret')) this.isSynced = true;
    this.changed();
  }

  /** Lets go of all its objects. */
  clear(): void {
    for (const id of [...this.before, ...this.ids]) this.store.remove(this.kind, id);
  }
}

/** Whether an object differs from what it was in its status alone, which of a Service only is resolved. */
function hasSameMeaning(before: KubeObject, value: Record<string, unknown>): boolean {
  if (before.kind === 'Service') return false;
  return isDeepStrictEqual(meaningOf(before.fields(new Problems()).value), meaningOf(value));
}

function meaningOf(value: unknown): unknown {
  if (!isTree(value) || !isTree(value.metadata)) return value;
  return { ...value, status: undefined, metadata: { ...value.metadata, resourceVersion: undefined } };
}

/** Changes with each change, and with another object of the same name. */
function versionOf({ metadata }: Record<string, unknown>): string {
  if (!isTree(metadata)) return '';
  const { uid, resourceVersion } = metadata;
  return typeof uid === 'string' && typeof resourceVersion === 'string' ? `${uid} ${resourceVersion}` : '';
}
