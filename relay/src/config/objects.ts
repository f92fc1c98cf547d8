import { Field, quote } from './field';
import { Problems } from './problems';
import { problemText, type ConfigProblem } from './config-source';

export const GATEWAY_GROUP = 'gateway.networking.k8s.io';
export const STUNNER_GROUP = 'stunner.l7mp.io';

/** The objects a relay reads; of any served version, since the fields it needs are the same in all. */
export const KINDS = {
  GatewayClass: { group: GATEWAY_GROUP, namespaced: false },
  Gateway: { group: GATEWAY_GROUP, namespaced: true },
  ReferenceGrant: { group: GATEWAY_GROUP, namespaced: true },
  GatewayConfig: { group: STUNNER_GROUP, namespaced: true },
  UDPRoute: { group: STUNNER_GROUP, namespaced: true },
  StaticService: { group: STUNNER_GROUP, namespaced: true },
  Secret: { group: '', namespaced: true },
  Service: { group: '', namespaced: true },
  Namespace: { group: '', namespaced: false },
  EndpointSlice: { group: 'discovery.k8s.io', namespaced: true },
} as const;

export type Kind = keyof typeof KINDS;

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
    private readonly document: Document,
  ) {}

  /** `<namespace>/<name>`, or the name alone. */
  get id(): string {
    return this.namespace === '' ? this.name : `${this.namespace}/${this.name}`;
  }

  /** `<kind> <namespace>/<name>`, as problems name it. */
  toString(): string {
    return `${this.kind} ${this.id}`;
  }

  /** The whole object as a field; what cannot be read is added to `problems`. */
  fields(problems: Problems): Field {
    return new Field(this.document.value, '', (field, message) => problems.add(this.problem(field, message)));
  }

  problem(field: string, message: string): ConfigProblem {
    return { file: this.document.file, object: this.toString(), field, message };
  }
}

/** All objects of one moment. Order of the input makes no difference. */
export class ObjectSet {
  private readonly byKind = new Map<Kind, Map<string, KubeObject>>();
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
    for (const id of [...copies.keys()].sort()) set.put(copies.get(id)!);
    return set;
  }

  /** Objects that could not be taken, each with its reason, in one order. */
  get problems(): readonly ConfigProblem[] {
    return this.collected.list.toSorted((left, right) => (problemText(left) < problemText(right) ? -1 : 1));
  }

  get(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    return this.byKind.get(kind)?.get(namespace === '' ? name : `${namespace}/${name}`);
  }

  /** All of a kind, sorted by namespace and name. */
  list(kind: Kind, namespace?: string): readonly KubeObject[] {
    const all = [...(this.byKind.get(kind)?.values() ?? [])];
    return namespace === undefined ? all : all.filter(object => object.namespace === namespace);
  }

  private put(copies: readonly KubeObject[]): void {
    const [object] = copies as [KubeObject];
    if (copies.length > 1) {
      const files = [...new Set(copies.map(copy => copy.problem('', '').file ?? 'unnamed input'))].sort();
      this.collected.add({
        object: object.toString(),
        message: `given more than once (got ${copies.length} in ${files.join(', ')}): one; remove the others`,
      });
      return;
    }
    const kind = this.byKind.get(object.kind) ?? new Map<string, KubeObject>();
    this.byKind.set(object.kind, kind.set(object.id, object));
  }
}

/** RFC 1123 subdomain and label: without a slash, so that `<namespace>/<name>` can be read one way only. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LABEL = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function isObjectName(text: string): boolean {
  return SUBDOMAIN.test(text);
}

function readObject(document: Document, problems: Problems): KubeObject | undefined {
  const { file } = document;
  const silent = new Field(document.value, '', () => undefined);
  const kind = silent.get('kind').string() ?? '';
  const apiVersion = silent.get('apiVersion').string() ?? '';
  if (!isKind(kind) || KINDS[kind].group !== groupOf(apiVersion)) return undefined;

  const tell = (field: string, message: string): void => problems.add({ file, object: kind, field, message });
  const metadata = new Field(document.value, '', tell).get('metadata');
  const name = metadata.get('name').required();
  // What kubectl does with an object that names no namespace.
  const namespace = KINDS[kind].namespaced ? metadata.get('namespace').string('default') : '';
  if (name === undefined || namespace === undefined) return undefined;
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

function isKind(text: string): text is Kind {
  return Object.hasOwn(KINDS, text);
}

/** `v1` is of the core group, which has the empty name. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
