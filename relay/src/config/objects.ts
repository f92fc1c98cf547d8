import { Field, quote } from './field';
import { Problems } from './problems';
import { problemText, type ConfigProblem } from './config-source';
import { ObjectIndex } from './object-index';

export const GATEWAY_GROUP = 'gateway.networking.k8s.io';
export const STUNNER_GROUP = 'stunner.l7mp.io';

/** The objects a relay reads; of any served version, since the fields it needs are the same in all. */
export const KINDS = {
  GatewayClass: { group: GATEWAY_GROUP, namespaced: false },
  Gateway: { group: GATEWAY_GROUP, namespaced: true },
  ReferenceGrant: { group: GATEWAY_GROUP, namespaced: true },
  GatewayConfig: { group: STUNNER_GROUP, namespaced: true },
  UDPRoute: { group: STUNNER_GROUP, namespaced: true },
  'UDPRoute.gateway.networking.k8s.io': { group: GATEWAY_GROUP, namespaced: true },
  StaticService: { group: STUNNER_GROUP, namespaced: true },
  Secret: { group: '', namespaced: true },
  Service: { group: '', namespaced: true },
  Namespace: { group: '', namespaced: false },
  EndpointSlice: { group: 'discovery.k8s.io', namespaced: true },
} as const;

/** A kind by its name; with its group, as `kubectl` takes it, where another group has one of that name. */
export type Kind = keyof typeof KINDS;

/** Gateway API's own UDPRoute, beside STUNner's. */
export const GATEWAY_API_ROUTE = 'UDPRoute.gateway.networking.k8s.io';

/** What an object of the kind says in its `kind`. */
export function nameOfKind(kind: Kind): string {
  return kind.split('.', 1)[0]!;
}

/** One document of unknown shape, and the file it was read from. */
export interface Document {
  readonly value: unknown;
  readonly file?: string;
}

/** A Kubernetes object whose identity is known; all else is read, field by field, without trust in its shape. */
export class KubeObject {
  constructor(
    readonly kind: Kind,
    /** Empty for a cluster-scoped kind. */
    readonly namespace: string,
    readonly name: string,
    private document: Document,
  ) {}

  /** `<namespace>/<name>`, or the name alone. */
  get id(): string {
    return this.namespace === '' ? this.name : `${this.namespace}/${this.name}`;
  }

  /** `<kind> <namespace>/<name>`, as problems name it. */
  toString(): string {
    return `${this.kind} ${this.id}`;
  }

  /** Value of a label; `absent` if there is none, undefined if it cannot be read. */
  label(key: string, absent: string): string | undefined {
    const silent = new Field(this.document.value, '', () => undefined);
    return silent.get('metadata').get('labels').get(key).string(absent);
  }

  /** The whole object as a field; what cannot be read is added to `problems`. */
  fields(problems: Problems): Field {
    return new Field(this.document.value, '', (field, message) => problems.add(this.problem(field, message)));
  }

  /** Takes the value of a newer copy, in which nothing else has changed than a status that no resolution reads. */
  renew(value: unknown): void {
    this.document = { ...this.document, value };
  }

  problem(field: string, message: string): ConfigProblem {
    return { file: this.document.file, object: this.toString(), field, message };
  }
}

/** What can be asked of the objects of one moment. */
export interface Objects {
  get(kind: Kind, namespace: string, name: string): KubeObject | undefined;
  /** All of a kind, sorted by namespace and name; the same array as long as they are the same. */
  list(kind: Kind, namespace?: string): readonly KubeObject[];
  /** EndpointSlices that belong to a Service, in the same way; of the name `?` those that cannot be read to say. */
  slices(namespace: string, service: string): readonly KubeObject[];
}

/** Objects, and what is known of them. Order of the input makes no difference. */
export class ObjectSet implements Objects {
  private readonly index = new ObjectIndex();
  private readonly collected = new Problems();

  /**
   * Indexes the documents of the kinds in `KINDS` and ignores others. An object without a usable name is left out; of
   * one that is there twice neither is taken, since no rule says which one is meant.
   */
  static of(documents: Iterable<Document>): ObjectSet {
    const set = new ObjectSet();
    const copies = new Map<string, KubeObject[]>();
    for (const document of documents) {
      const object = readObject(document, set.collected);
      if (object === undefined) continue;
      const same = copies.get(object.toString());
      if (same === undefined) copies.set(object.toString(), [object]);
      else same.push(object);
    }
    for (const same of copies.values()) set.putOnly(same);
    return set;
  }

  /** Objects that could not be taken, each with its reason, in one order. */
  get problems(): readonly ConfigProblem[] {
    return this.collected.list.toSorted((left, right) => (problemText(left) < problemText(right) ? -1 : 1));
  }

  get(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    return this.index.get(kind, namespace === '' ? name : `${namespace}/${name}`);
  }

  list(kind: Kind, namespace?: string): readonly KubeObject[] {
    return this.index.list(kind, namespace);
  }

  slices(namespace: string, service: string): readonly KubeObject[] {
    return this.index.slices(namespace, service);
  }

  /** Takes the place of the object of the same kind and id, if there is one. */
  put(object: KubeObject): void {
    this.index.put(object);
  }

  remove(kind: Kind, id: string): void {
    this.index.remove(kind, id);
  }

  private putOnly(copies: readonly KubeObject[]): void {
    const [object] = copies as [KubeObject];
    if (copies.length === 1) return this.put(object);
    const files = [...new Set(copies.map(copy => copy.problem('', '').file ?? 'unnamed input'))].sort();
    this.collected.add({
      object: object.toString(),
      message: `given more than once (got ${copies.length} in ${files.join(', ')}): one; remove the others`,
    });
  }
}

/** RFC 1123 subdomain and label: without a slash, so that `<namespace>/<name>` can be read one way only. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LABEL = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function isObjectName(text: string): boolean {
  return SUBDOMAIN.test(text);
}

/** The object a document is; undefined if it is of another kind, or has no usable name, which is told. */
export function readObject(document: Document, problems: Problems): KubeObject | undefined {
  const { file } = document;
  const silent = new Field(document.value, '', () => undefined);
  const kind = kindOf(silent.get('kind').string() ?? '', groupOf(silent.get('apiVersion').string() ?? ''));
  if (kind === undefined) return undefined;

  const tell = (field: string, message: string): void => problems.add({ file, object: kind, field, message });
  const metadata = new Field(document.value, '', tell).get('metadata');
  const name = metadata.get('name').required();
  // What kubectl does with an object that names no namespace.
  const given = KINDS[kind].namespaced ? metadata.get('namespace').string('') : '';
  if (name === undefined || given === undefined) return undefined;
  const namespace = KINDS[kind].namespaced && given === '' ? 'default' : given;
  if (!isObjectName(name)) {
    metadata.get('name').tell(`not an object name (got ${quote(name)}): lower-case letters, digits, "-" and "."`);
    return undefined;
  }
  if (namespace !== '' && !LABEL.test(namespace)) {
    metadata.get('namespace').tell(`not a namespace (got ${quote(namespace)}): lower-case letters, digits and "-"`);
    return undefined;
  }
  return new KubeObject(kind, namespace, name, document);
}

function kindOf(name: string, group: string): Kind | undefined {
  return [name, `${name}.${group}`]
    .filter(isKind)
    .find(kind => nameOfKind(kind) === name && KINDS[kind].group === group);
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(KINDS, text);
}

/** `v1` is of the core group, which has the empty name. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
