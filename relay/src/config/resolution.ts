import type { Field } from './field';
import { GATEWAY_GROUP, KINDS, type Kind, type KubeObject, type ObjectSet } from './objects';
import { Problems } from './problems';

/** What every step of one `resolve` shares: the objects, and where problems go. */
export class Resolution {
  readonly problems = new Problems();

  constructor(readonly objects: ObjectSet) {
    for (const problem of objects.problems) this.problems.add(problem);
  }

  fields(object: KubeObject): Field {
    return object.fields(this.problems);
  }

  /**
   * Whether `from` may refer to `to`. Within a namespace it may; across namespaces only if a ReferenceGrant in the
   * target's namespace says so (Gateway API, ReferenceGrant: entries are or-ed, an absent name means every one).
   */
  permits(from: KubeObject, to: Target): boolean {
    if (from.namespace === to.namespace) return true;
    return this.objects.list('ReferenceGrant', to.namespace).some(grant => {
      const spec = this.fields(grant).get('spec');
      const isFrom = (entry: Field): boolean =>
        entry.get('group').string() === KINDS[from.kind].group &&
        entry.get('kind').string() === from.kind &&
        entry.get('namespace').string() === from.namespace;
      const isTo = (entry: Field): boolean =>
        entry.get('group').string() === KINDS[to.kind].group &&
        entry.get('kind').string() === to.kind &&
        ['', to.name].includes(entry.get('name').string('') ?? '?');
      return (spec.get('from').items() ?? []).some(isFrom) && (spec.get('to').items() ?? []).some(isTo);
    });
  }

  /** Why a reference is refused, for a problem's text. */
  refusal(from: KubeObject, to: Target): string {
    return (
      `reference to ${to.kind} ${to.namespace}/${to.name} is not permitted: a ReferenceGrant in namespace ` +
      `${to.namespace} from ${from.kind} of namespace ${from.namespace}`
    );
  }
}

/** The object a reference names, whether there is one or not. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** `metadata.generation`, to be repeated as a condition's observedGeneration. */
export function generationOf(fields: Field): { readonly generation?: number } {
  const generation = fields.get('metadata').get('generation').integer(0, Number.MAX_SAFE_INTEGER);
  return generation === undefined ? {} : { generation };
}

/** Whether a parent reference means a Gateway; group and kind have defaults there. */
export function isGatewayRef(ref: Field): boolean {
  return ref.get('group').string(GATEWAY_GROUP) === GATEWAY_GROUP && ref.get('kind').string('Gateway') === 'Gateway';
}

/** The kind a reference means, or undefined if no such kind can be referred to here. */
export function kindOfRef(ref: Field, defaultKind: Kind, kinds: readonly Kind[]): Kind | undefined {
  const group = ref.get('group').string('');
  const kind = ref.get('kind').string(defaultKind);
  return kinds.find(candidate => candidate === kind && KINDS[candidate].group === group);
}
