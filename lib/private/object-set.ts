import { Finding } from '../validation/finding';
import { isClusterScoped } from './crds';
import { shown } from './errors';

type Fields = Readonly<Record<string, unknown>>;

/** An object as the rules see it: whatever does not have its shape is not there. The manifest itself is beside it. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labels: Fields;
  readonly annotations: Fields;
  readonly spec?: Fields;
  readonly manifest: Fields;
}

/** Reads a manifest, which may be anything that YAML can say. */
export function manifestObject(manifest: Fields): ManifestObject {
  const metadata = fieldsOf(manifest.metadata) ?? {};
  return {
    apiVersion: textIn(manifest, 'apiVersion') ?? '',
    kind: textIn(manifest, 'kind') ?? '',
    name: nameIn(metadata, 'name'),
    namespace: nameIn(metadata, 'namespace'),
    labels: fieldsOf(metadata.labels) ?? {},
    annotations: fieldsOf(metadata.annotations) ?? {},
    spec: fieldsOf(manifest.spec),
    manifest,
  };
}

/** The objects of one cluster, by kind and by name. */
export class ObjectSet {
  public readonly all: readonly ManifestObject[];
  private readonly byKind = new Map<string, ManifestObject[]>();
  private readonly byIdentity = new Map<string, ManifestObject>();
  private readonly external: ReadonlySet<string>;

  /** @param external what is in the cluster by other means, as `<group>/<kind> <namespace>/<name>` */
  public constructor(manifests: readonly Fields[], external: readonly string[] = []) {
    this.external = new Set(external);
    this.all = manifests.map(manifestObject);
    for (const object of this.all) {
      const kind = kindOf(object);
      const alike = this.byKind.get(kind);
      if (alike === undefined) this.byKind.set(kind, [object]);
      else alike.push(object);
      const identity = identityOf(object);
      if (!this.byIdentity.has(identity)) this.byIdentity.set(identity, object);
    }
  }

  /** The objects of a kind, by group and kind. */
  public of(group: string, kind: string): readonly ManifestObject[] {
    return this.byKind.get(`${group}/${kind}`) ?? [];
  }

  /** The object of that name; where the kind is cluster-scoped, a namespace is neither asked for nor minded. */
  public find(group: string, kind: string, name: string, namespace?: string): ManifestObject | undefined {
    return this.byIdentity.get(joined(`${group}/${kind}`, name, namespace));
  }

  /** Whether no object before this one has its group, kind, namespace and name. */
  public isFirst(object: ManifestObject): boolean {
    return this.byIdentity.get(identityOf(object)) === object;
  }

  /** Whether an object is here, or said to be in the cluster by other means. */
  public has(group: string, kind: string, name: string, namespace?: string): boolean {
    return (
      this.find(group, kind, name, namespace) !== undefined || this.external.has(title(group, kind, name, namespace))
    );
  }
}

/** What no two objects of a cluster have in common: group, kind, namespace and name. */
function identityOf(object: ManifestObject): string {
  return joined(kindOf(object), object.name ?? '', object.namespace);
}

function kindOf(object: ManifestObject): string {
  return `${groupOf(object)}/${object.kind}`;
}

function joined(kind: string, name: string, namespace: string | undefined): string {
  return [kind, isClusterScoped(kind) ? '' : (namespace ?? ''), name].join('/');
}

/** The API group of an object; empty for the core group. */
export function groupOf({ apiVersion }: ManifestObject): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** What a finding calls an object: `<group>/<kind> <namespace>/<name>`. */
export function titleOf(object: ManifestObject): string {
  return title(groupOf(object), object.kind || '?', object.name ?? '?', object.namespace);
}

function title(group: string, kind: string, name: string, namespace: string | undefined): string {
  return `${group || 'core'}/${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** A finding about an object. */
export function finding(rule: string, object: ManifestObject, message: string): Finding {
  return { rule, object: titleOf(object), message };
}

/** The items of what should be a list of objects. */
export function items(value: unknown): Fields[] {
  return Array.isArray(value) ? (value.filter(item => fieldsOf(item) !== undefined) as Fields[]) : [];
}

/** The fields of what should be an object; undefined if it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The text in a field; undefined if it holds none. */
export function textIn(object: Fields, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' ? value : undefined;
}

/** A name that is no text, such as a number without quotes, is told from every name that is one. */
function nameIn(metadata: Fields, field: string): string | undefined {
  const value = metadata[field];
  return value === undefined || typeof value === 'string' ? value : `${shown(value)} without quotes`;
}
