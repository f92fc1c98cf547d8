import type { JsonObject, StructuralSchema } from './structural-schema';

/** Keywords that mean the same in JSON Schema. */
const SHARED = [
  ...['type', 'required', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'multipleOf'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
] as const;

/**
 * A structural schema as JSON Schema. Objects are closed: the API server prunes a field it does not know, and a
 * manifest that loses a field on the way in is wrong.
 */
export function toJsonSchema(schema: StructuralSchema): JsonObject {
  const json = constraints(schema, toJsonSchema);
  if (schema.type === 'object') close(json, schema);
  if (schema['x-kubernetes-int-or-string']) json.type = ['integer', 'string'];
  return schema.nullable ? { anyOf: [{ type: 'null' }, json] } : json;
}

/** Inside allOf, anyOf, oneOf and not a schema only constrains; the fields are declared outside. */
function junctor(schema: StructuralSchema): JsonObject {
  return constraints(schema, junctor);
}

function constraints(schema: StructuralSchema, child: (schema: StructuralSchema) => JsonObject): JsonObject {
  const json: JsonObject = {};
  for (const keyword of SHARED) if (schema[keyword] !== undefined) json[keyword] = schema[keyword];
  if (typeof schema.pattern === 'string') json.pattern = javaScriptPattern(schema.pattern);
  if (schema.minimum !== undefined) json[schema.exclusiveMinimum ? 'exclusiveMinimum' : 'minimum'] = schema.minimum;
  if (schema.maximum !== undefined) json[schema.exclusiveMaximum ? 'exclusiveMaximum' : 'maximum'] = schema.maximum;
  if (schema.properties) {
    json.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, child(property)]),
    );
  }
  if (schema.items) json.items = child(schema.items);
  if (typeof schema.additionalProperties === 'object') json.additionalProperties = child(schema.additionalProperties);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (schema[keyword]) json[keyword] = schema[keyword].map(junctor);
  }
  if (schema.not) json.not = junctor(schema.not);
  return json;
}

/** Go lets a flag stand alone and hold to the end; JavaScript wants what it holds for in its parentheses. */
function javaScriptPattern(pattern: string): string {
  return pattern.replace(/\(\?i\)(.*)$/s, '(?i:$1)');
}

function close(json: JsonObject, schema: StructuralSchema): void {
  if (schema['x-kubernetes-embedded-resource']) {
    json.properties = {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...(json.properties as JsonObject | undefined),
    };
  }
  const open = schema['x-kubernetes-preserve-unknown-fields'] ?? schema.additionalProperties;
  if (open === undefined || open === false) json.additionalProperties = false;
}
