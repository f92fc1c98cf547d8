import type { Field } from './field';
import { Memory, Recorder } from './memory';
import { GATEWAY_GROUP, KINDS, nameOfKind, type Kind, type KubeObject, type Objects } from './objects';
import { Problems } from './problems';

/** What every step of one `resolve` shares: the objects, and where problems go. */
export class Resolution {
  private told = new Problems();
  private recorder: Recorder;

  constructor(
    private readonly source: Objects,
    private readonly memory = new Memory(),
  ) {
    this.recorder = new Recorder(source);
    memory.begin();
  }

  get problems(): Problems {
    return this.told;
  }

  get objects(): Objects {
    return this.recorder;
  }

  /** `<namespace>/<name>` of each Secret that was asked for, whether there is one or not. */
  get secrets(): ReadonlySet<string> {
    return this.recorder.secrets;
  }

  /**
   * What `find` makes of an object, or made of it in an earlier pass if the inputs, and all that it asked of the objects
   * then, are the same now. `find` reads fields that it has made itself, and nothing else that may change.
   */
  remember<T>(object: KubeObject, inputs: readonly unknown[], find: () => T): T {
    let finding = this.memory.find(object, inputs, this.source);
    if (finding === undefined) {
      const { told, recorder } = this;
      this.told = new Problems();
      this.recorder = new Recorder(this.source);
      try {
        const value = find();
        const { looks, secrets } = this.recorder;
        finding = { inputs, looks, secrets: [...secrets], problems: this.told.list, value };
      } finally {
        this.told = told;
        this.recorder = recorder;
      }
      this.memory.keep(object, finding);
    }
    this.recorder.adopt(finding);
    for (const problem of finding.problems) this.told.add(problem);
    return finding.value as T;
  }

  /** The value of the pass before under this name, if this one is equal to it. */
  settle<T>(name: string, value: T): T {
    return this.memory.settle(name, value);
  }

  /** The value, or if there is none now the last one that there was in the passes before. */
  lastGood<T>(name: string, value: T | undefined): T | undefined {
    return this.memory.lastGood(name, value);
  }

  fields(object: KubeObject): Field {
    return object.fields(this.told);
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
        entry.get('kind').string() === nameOfKind(from.kind) &&
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
