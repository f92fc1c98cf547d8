import { quote, type Field } from './field';
import type { Resolution } from './resolution';

/** Set by Kubernetes on every Namespace, so it holds where the Namespace object is not to be seen, too. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

type Labels = ReadonlyMap<string, string>;

/**
 * Whether a listener's `allowedRoutes` admits routes of a namespace. What cannot be read admits none.
 *
 * @param gatewayNamespace the namespace that `from: Same`, the default, means.
 */
export function allowsNamespace(
  resolution: Resolution,
  allowed: Field,
  gatewayNamespace: string,
  namespace: string,
): boolean {
  const namespaces = allowed.get('namespaces');
  const from = namespaces.get('from');
  switch (from.string('Same')) {
    case 'Same':
      return namespace === gatewayNamespace;
    case 'All':
      return true;
    case 'Selector':
      return selects(namespaces.get('selector'), labelsOf(resolution, namespace));
    case undefined:
      return false;
    default:
      from.tell(`unknown value (got ${quote(from.string() ?? '')}): Same, All or Selector`);
      return false;
  }
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

/** A label selector (meta/v1): all requirements hold; an empty one selects everything, an absent one nothing. */
function selects(selector: Field, labels: Labels | undefined): boolean {
  if (labels === undefined) return false;
  if (selector.isAbsent) {
    selector.tell('missing: a label selector, needed by from: Selector');
    return false;
  }
  const exact = selector.get('matchLabels').entries();
  const expressions = selector.get('matchExpressions').items();
  if (exact === undefined || expressions === undefined) return false;
  return (
    exact.every(([key, value]) => {
      const text = value.string();
      return text !== undefined && labels.get(key) === text;
    }) && expressions.every(expression => matches(expression, labels))
  );
}

function matches(expression: Field, labels: Labels): boolean {
  const key = expression.get('key').required();
  const operator = expression.get('operator').required();
  const items = expression.get('values').items();
  const values = items?.map(item => item.string());
  if (key === undefined || operator === undefined || values === undefined || values.includes(undefined)) return false;
  const value = labels.get(key);
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        expression.get('values').tell(`empty: at least one value, needed by ${operator}`);
        return false;
      }
      return values.includes(value) === (operator === 'In');
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        expression.get('values').tell(`not empty: no values with ${operator}`);
        return false;
      }
      return (value !== undefined) === (operator === 'Exists');
    default:
      expression.get('operator').tell(`unknown operator (got ${quote(operator)}): In, NotIn, Exists or DoesNotExist`);
      return false;
  }
}
