import { Finding } from '../validation/finding';

/** What every object has; the rest is looked at with care. */
export interface ManifestObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The objects of one cluster. */
export class ObjectSet {
  public constructor(public readonly all: readonly ManifestObject[]) {}

  /** The objects of a kind, by group and kind. */
  public of(group: string, kind: string): ManifestObject[] {
    return this.all.filter(object => object.kind === kind && groupOf(object) === group);
  }

  /** The object of that name; the namespace is that of the object, undefined for a cluster-scoped kind. */
  public find(group: string, kind: string, name: string, namespace?: string): ManifestObject | undefined {
    return this.of(group, kind).find(({ metadata }) => metadata?.name === name && metadata.namespace === namespace);
  }
}

/** The API group of an object; empty for the core group. */
export function groupOf({ apiVersion = '' }: ManifestObject): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** A finding about an object. */
export function finding(rule: string, object: ManifestObject, message: string): Finding {
  const { kind = '?', metadata } = object;
  const name = [metadata?.namespace, metadata?.name ?? '?'].filter(part => part !== undefined).join('/');
  return { rule, object: `${groupOf(object) || 'core'}/${kind} ${name}`, message };
}

/** The items of what should be a list of objects. */
export function items(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as Readonly<Record<string, unknown>>[]) : [];
}

/** The text in a field; undefined if it holds none. */
export function textIn(object: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' ? value : undefined;
}
