import { celEnv, type CelInput, isCelError, parse, plan } from '@bufbuild/cel';
import { KUBERNETES_FUNCTIONS } from './cel-kubernetes';
import { fieldSchema, isObject, type JsonObject, type StructuralSchema, walk } from './structural-schema';

const ENVIRONMENT = celEnv({ funcs: KUBERNETES_FUNCTIONS });
const PLANS = new Map<string, ReturnType<typeof plan>>();

/**
 * Rules of `x-kubernetes-validations` that the object breaks. A rule that fails to run rejects, as in the API server.
 * Transition rules (`oldSelf`) speak of updates and are skipped.
 */
export function brokenRules(object: JsonObject, schema: StructuralSchema): string[] {
  const errors: string[] = [];
  walk(object, schema, (value, node, path) => {
    for (const { rule } of node['x-kubernetes-validations'] ?? []) {
      if (/\boldSelf\b/.test(rule)) continue;
      const failure = evaluate(rule, celValue(path === '' ? rootSelf(object) : value, node));
      if (failure !== undefined) errors.push(`${path}: rule ${failure} (${rule})`);
    }
  });
  return errors;
}

/** Why the rule rejects `self`; undefined if it accepts. */
function evaluate(rule: string, self: CelInput): string | undefined {
  let planned = PLANS.get(rule);
  if (planned === undefined) PLANS.set(rule, (planned = plan(ENVIRONMENT, parse(rule))));
  const result = planned({ self });
  if (isCelError(result)) return `cannot be evaluated: ${result.message}`;
  return result === true ? undefined : 'is broken';
}

/** Of the metadata a rule sees only the names. */
function rootSelf(object: JsonObject): JsonObject {
  const { name, generateName } = isObject(object.metadata) ? object.metadata : {};
  const metadata: JsonObject = {};
  if (name !== undefined) metadata.name = name;
  if (generateName !== undefined) metadata.generateName = generateName;
  return { ...object, metadata };
}

/** The value typed by its schema: an integer is a CEL int, never a double, and property names are escaped. */
function celValue(value: unknown, schema: StructuralSchema | undefined): CelInput {
  if (typeof value === 'number') return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (Array.isArray(value)) return value.map(item => celValue(item, schema?.items));
  if (isObject(value)) {
    return new Map(
      Object.entries(value).map(([name, field]) => [
        schema?.properties ? escapeName(name) : name,
        celValue(field, schema && fieldSchema(schema, name)),
      ]),
    );
  }
  return value as string | boolean | null;
}

const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return ' +
    'var void while'
  ).split(' '),
);

const ESCAPES: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
];

/** A property name as a CEL identifier. */
function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return ESCAPES.reduce((escaped, [text, replacement]) => escaped.replaceAll(text, replacement), name);
}
