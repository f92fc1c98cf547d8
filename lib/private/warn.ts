import { IConstruct } from 'constructs';
import { complaint, reject } from './errors';

/** What there may be warnings of. */
export const CAUTIONS = [
  'all-ports',
  'headless-service',
  'no-address',
  'private-prefix',
  'shared-credential',
  'shared-port',
  'short-grace',
  'static-credential',
] as const;

/** One rule, and how it is not kept. */
export interface Caution {
  readonly rule: (typeof CAUTIONS)[number];
  readonly message: string;
}

const ACKNOWLEDGED = 'cdk8s-stunner/acknowledged';
const sources = new WeakMap<IConstruct, () => readonly Caution[]>();

/** Says how to find the warnings of a construct, when somebody asks. */
export function warn(scope: IConstruct, cautions: () => readonly Caution[]): void {
  sources.set(scope, cautions);
}

/** Silences a rule for a construct and what is below it. */
export function acknowledge(scope: IConstruct, rule: string): void {
  const known: readonly string[] = CAUTIONS;
  if (!known.includes(rule)) {
    reject(complaint('no such warning', rule, `one of ${CAUTIONS.join(', ')}`, 'correct the name'), scope);
  }
  scope.node.addMetadata(ACKNOWLEDGED, rule);
}

/** What is to be said of a construct and those below it. */
export function cautionsBelow(scope: IConstruct): { rule: string; path: string; message: string }[] {
  return scope.node.findAll().flatMap(construct => {
    const cautions = sources.get(construct)?.() ?? [];
    const silent = cautions.length === 0 ? new Set<string>() : acknowledgedAt(construct);
    return cautions
      .filter(({ rule }) => !silent.has(rule))
      .map(({ rule, message }) => ({ rule, path: construct.node.path, message }));
  });
}

function acknowledgedAt(construct: IConstruct): ReadonlySet<string> {
  const entries = construct.node.scopes.flatMap(({ node }) =>
    node.metadata.filter(({ type }) => type === ACKNOWLEDGED),
  );
  return new Set(entries.map(({ data }) => String(data)));
}
