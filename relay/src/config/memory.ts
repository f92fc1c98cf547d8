import { isDeepStrictEqual } from 'node:util';
import type { ConfigProblem } from './config-source';
import type { Kind, KubeObject, Objects } from './objects';

/** A question to the objects, and what the answer was. */
interface Look {
  readonly ask: (objects: Objects) => unknown;
  readonly answer: unknown;
}

/** What was made of an object, and all that went into it. */
export interface Finding {
  readonly inputs: readonly unknown[];
  readonly looks: readonly Look[];
  readonly secrets: readonly string[];
  readonly problems: readonly ConfigProblem[];
  readonly value: unknown;
}

/**
 * What the passes before have found. A pass over objects of which one has changed does again what depends on that one,
 * and no more; what it comes to is the same as without a memory.
 */
export class Memory {
  private readonly findings = new WeakMap<KubeObject, Finding>();
  private readonly values = new Map<string, unknown>();
  /** Values by name that were good once, of the pass before and of this one. */
  private goodBefore: ReadonlyMap<string, unknown> = new Map();
  private good = new Map<string, unknown>();

  /** A pass begins. What the one before has not asked for is forgotten: it may be a private key. */
  begin(): void {
    this.goodBefore = this.good;
    this.good = new Map();
  }

  /** What was found about the object, if nothing that went into it has changed. */
  find(object: KubeObject, inputs: readonly unknown[], objects: Objects): Finding | undefined {
    const finding = this.findings.get(object);
    const isSame =
      finding?.inputs.every((input, i) => input === inputs[i]) === true &&
      finding.looks.every(({ ask, answer }) => ask(objects) === answer);
    return isSame ? finding : undefined;
  }

  keep(object: KubeObject, finding: Finding): void {
    this.findings.set(object, finding);
  }

  /** The value of the pass before, if this one is equal to it: so what depends on it need not be done again. */
  settle<T>(name: string, value: T): T {
    const before = this.values.get(name);
    if (isDeepStrictEqual(before, value)) return before as T;
    this.values.set(name, value);
    return value;
  }

  /** The value, or if there is none now the last one that there was. */
  lastGood<T>(name: string, value: T | undefined): T | undefined {
    const good = value ?? (this.goodBefore.get(name) as T | undefined);
    if (good !== undefined) this.good.set(name, good);
    return good;
  }
}

/** Objects that note what they are asked. */
export class Recorder implements Objects {
  readonly looks: Look[] = [];
  /** `<namespace>/<name>` of each Secret that was asked for, whether there is one or not. */
  readonly secrets = new Set<string>();

  constructor(private readonly objects: Objects) {}

  get(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    if (kind === 'Secret') this.secrets.add(`${namespace}/${name}`);
    return this.note(objects => objects.get(kind, namespace, name));
  }

  list(kind: Kind, namespace?: string): readonly KubeObject[] {
    return this.note(objects => objects.list(kind, namespace));
  }

  slices(namespace: string, service: string): readonly KubeObject[] {
    return this.note(objects => objects.slices(namespace, service));
  }

  /** Takes over what went into a finding. */
  adopt({ looks, secrets }: Pick<Finding, 'looks' | 'secrets'>): void {
    for (const look of looks) this.looks.push(look);
    for (const secret of secrets) this.secrets.add(secret);
  }

  private note<T>(ask: (objects: Objects) => T): T {
    const answer = ask(this.objects);
    this.looks.push({ ask, answer });
    return answer;
  }
}
