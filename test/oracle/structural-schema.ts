/** The keywords of a Kubernetes structural schema that the oracle reads. */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[];
  readonly [keyword: string]: unknown;
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as error messages show it. */
export function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** The schema of one field of an object: a named property, or the schema of all other keys. */
export function fieldSchema(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** Visits a value together with the schema that governs it, parents first. Paths read `spec.listeners[0].name`. */
export function walk(
  value: unknown,
  schema: StructuralSchema,
  visit: (value: unknown, schema: StructuralSchema, path: string) => void,
  path = '',
): void {
  visit(value, schema, path);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => walk(item, items, visit, `${path}[${index}]`));
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const child = fieldSchema(schema, name);
      if (child) walk(field, child, visit, path === '' ? name : `${path}.${name}`);
    }
  }
}

/** The value as the API server would store it: absent fields that have a default are filled in, at every depth. */
export function withDefaults(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map(item => withDefaults(item, items)) : value;
  }
  if (!isObject(value)) return value;
  const filled: JsonObject = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && property.default !== undefined) filled[name] = structuredClone(property.default);
  }
  for (const [name, field] of Object.entries(filled)) {
    const child = fieldSchema(schema, name);
    if (child) filled[name] = withDefaults(field, child);
  }
  return filled;
}
