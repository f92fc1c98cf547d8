import { complaint, shown } from './errors';

/** The keywords of a CRD's schema that are looked at; rules in CEL are left to the API server. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a value, with the path of each. A field that the schema does not know would be dropped without a word. */
export function schemaErrors(value: unknown, schema: Schema, path: string): string[] {
  if (schema['x-kubernetes-int-or-string']) {
    return typeof value === 'string' || Number.isInteger(value) ? [] : [wrong(path, value, 'a whole number or a text')];
  }
  switch (schema.type) {
    case 'object':
      return isFields(value) ? objectErrors(value, schema, path) : [wrong(path, value, 'an object')];
    case 'array':
      return Array.isArray(value) ? arrayErrors(value, schema, path) : [wrong(path, value, 'a list')];
    case 'string':
      return typeof value === 'string' ? textErrors(value, schema, path) : [wrong(path, value, 'a text')];
    case 'integer':
    case 'number':
      return numberErrors(value, schema, path);
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrong(path, value, 'true or false')];
    default:
      return [];
  }
}

function objectErrors(value: Fields, schema: Schema, path: string): string[] {
  const { properties = {}, additionalProperties, required = [] } = schema;
  const missing = required.filter(name => value[name] === undefined);
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  return [
    ...missing.map(name => complaint(`${path}.${name} is missing`, undefined, 'a value', 'add it')),
    ...Object.entries(value).flatMap(([name, field]) => {
      if (field === undefined) return [];
      const known = Object.hasOwn(properties, name) ? properties[name] : others;
      if (known !== undefined) return schemaErrors(field, known, `${path}.${name}`);
      if (isOpen) return [];
      const allowed = `one of ${Object.keys(properties).sort().join(', ')}`;
      return [complaint(`${path} has no such field`, name, allowed, 'correct or remove it')];
    }),
  ];
}

function arrayErrors(value: unknown[], schema: Schema, path: string): string[] {
  const { items: item, minItems = 0, maxItems = Infinity } = schema;
  const errors = item ? value.flatMap((each, index) => schemaErrors(each, item, `${path}[${index}]`)) : [];
  if (value.length < minItems || value.length > maxItems) {
    const allowed = `${minItems} to ${maxItems}`;
    errors.push(complaint(`number of ${path} is out of range`, value.length, allowed, 'add or remove some'));
  }
  return [...errors, ...repeatedKeys(value, schema, path)];
}

function repeatedKeys(value: unknown[], schema: Schema, path: string): string[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const identities = value.filter(isFields).map(each => shown(keys.map(key => each[key])));
  const repeated = identities.filter((identity, index) => identities.indexOf(identity) !== index);
  return repeated.map(identity => complaint(`${path} repeats ${keys.join(', ')}`, identity, 'each once', 'change one'));
}

function textErrors(value: string, schema: Schema, path: string): string[] {
  const { enum: choices, pattern, minLength = 0, maxLength = Infinity } = schema;
  if (choices !== undefined && !choices.includes(value)) return [wrong(path, value, `one of ${choices.join(', ')}`)];
  if (value.length < minLength || value.length > maxLength) {
    return [wrong(path, value, `${minLength} to ${maxLength} characters`)];
  }
  return pattern === undefined || new RegExp(pattern).test(value)
    ? []
    : [wrong(path, value, `what matches ${pattern}`)];
}

function numberErrors(value: unknown, schema: Schema, path: string): string[] {
  const { type, minimum = -Infinity, maximum = Infinity } = schema;
  const isNumber = type === 'integer' ? Number.isInteger(value) : typeof value === 'number';
  if (!isNumber) return [wrong(path, value, type === 'integer' ? 'a whole number' : 'a number')];
  return Number(value) < minimum || Number(value) > maximum ? [wrong(path, value, `${minimum} to ${maximum}`)] : [];
}

function wrong(path: string, value: unknown, allowed: string): string {
  const got = typeof value === 'number' || value === undefined ? value : shown(value);
  return complaint(`${path} is not valid`, got, allowed, 'correct it');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
