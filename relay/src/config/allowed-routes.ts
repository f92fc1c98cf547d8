import { quote, type Field } from './field';
import type { Resolution } from './resolution';

/** Set by Kubernetes on every Namespace, so it holds where the Namespace object is not to be seen, too. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

type Labels = ReadonlyMap<string, string>;

/** Which namespaces a listener's `allowedRoutes` admits. */
export type AllowedNamespaces = 'all' | 'none' | { readonly only: string } | { readonly selected: Selector };

/** What holds of the labels of each namespace that is admitted. */
type Selector = readonly Requirement[];

interface Requirement {
  readonly key: string;
  /** Values of which the label has one; absent: any. */
  readonly values?: readonly string[];
  /** The label is not there, or has none of the values. @default false */
  readonly not?: boolean;
}

/**
 * Reads a listener's `allowedRoutes`. What cannot be read admits none.
 *
 * @param gatewayNamespace the namespace that `from: Same`, the default, means.
 */
export function readAllowedNamespaces(allowed: Field, gatewayNamespace: string): AllowedNamespaces {
  const namespaces = allowed.get('namespaces');
  const from = namespaces.get('from');
  switch (from.string('Same')) {
    case 'Same':
      return { only: gatewayNamespace };
    case 'All':
      return 'all';
    case 'Selector': {
      const selected = readSelector(namespaces.get('selector'));
      return selected === undefined ? 'none' : { selected };
    }
    case undefined:
      return 'none';
    default:
      from.tell(`unknown value (got ${quote(from.string() ?? '')}): Same, All or Selector`);
      return 'none';
  }
}

/** Whether routes of a namespace are admitted. */
export function admits(resolution: Resolution, allowed: AllowedNamespaces, namespace: string): boolean {
  if (typeof allowed === 'string') return allowed === 'all';
  if ('only' in allowed) return namespace === allowed.only;
  const labels = labelsOf(resolution, namespace);
  return labels !== undefined && allowed.selected.every(requirement => holds(requirement, labels));
}

/** Undefined if they cannot be read: an expression such as NotIn would take a lost label for an absent one. */
function labelsOf(resolution: Resolution, namespace: string): Labels | undefined {
  const labels = new Map<string, string>();
  const object = resolution.objects.get('Namespace', '', namespace);
  if (object !== undefined) {
    const members = resolution.fields(object).get('metadata').get('labels').entries();
    if (members === undefined) return undefined;
    for (const [key, value] of members) {
      const text = value.string('');
      if (text === undefined) return undefined;
      labels.set(key, text);
    }
  }
  return labels.set(NAME_LABEL, namespace);
}

function holds({ key, values, not = false }: Requirement, labels: Labels): boolean {
  const value = labels.get(key);
  const has = values === undefined ? value !== undefined : value !== undefined && values.includes(value);
  return has !== not;
}

/** A label selector (meta/v1): all requirements hold; an empty one selects everything, an absent one nothing. */
function readSelector(selector: Field): Selector | undefined {
  if (selector.isAbsent) {
    selector.tell('missing: a label selector, needed by from: Selector');
    return undefined;
  }
  const exact = selector.get('matchLabels').entries();
  const expressions = selector.get('matchExpressions').items();
  if (exact === undefined || expressions === undefined) return undefined;
  const requirements = [
    ...exact.map(([key, value]) => {
      const text = value.string();
      return text === undefined ? undefined : { key, values: [text] };
    }),
    ...expressions.map(readExpression),
  ];
  const readable = requirements.filter(requirement => requirement !== undefined);
  return readable.length < requirements.length ? undefined : readable;
}

function readExpression(expression: Field): Requirement | undefined {
  const key = expression.get('key').required();
  const operator = expression.get('operator').required();
  const values = expression
    .get('values')
    .items()
    ?.map(item => item.string());
  if (key === undefined || operator === undefined || values === undefined) return undefined;
  const texts = values.filter(value => value !== undefined);
  if (texts.length < values.length) return undefined;
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (texts.length > 0) return { key, values: texts, not: operator === 'NotIn' };
      expression.get('values').tell(`empty: at least one value, needed by ${operator}`);
      return undefined;
    case 'Exists':
    case 'DoesNotExist':
      if (texts.length === 0) return { key, not: operator === 'DoesNotExist' };
      expression.get('values').tell(`not empty: no values with ${operator}`);
      return undefined;
    default:
      expression.get('operator').tell(`unknown operator (got ${quote(operator)}): In, NotIn, Exists or DoesNotExist`);
      return undefined;
  }
}
