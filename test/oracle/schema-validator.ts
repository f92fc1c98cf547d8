import Ajv, { type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { JsonObject } from './structural-schema';

/** The errors of a value against one schema; empty if it is valid. */
export type SchemaCheck = (value: unknown) => string[];

/** A validator that reads schemas as the API server does: unknown keywords and formats mean nothing. */
export function newAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, logger: false });
  addFormats(ajv);
  return ajv;
}

export function compile(ajv: Ajv, schema: JsonObject): SchemaCheck {
  const validate = ajv.compile(schema);
  return value => (validate(value) ? [] : (validate.errors ?? []).map(describe));
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (parent, step) => (/^\d+$/.test(step) ? `${parent}[${step}]` : parent === '' ? step : `${parent}.${step}`),
      '',
    );
  if (keyword === 'additionalProperties') return `${path}: unknown field ${String(params.additionalProperty)}`;
  return `${path}: ${message ?? keyword}`;
}
