import { IConstruct } from 'constructs';

/** The one shape of every complaint: what is wrong, the value seen, what would be right, and the likely fix. */
export function complaint(what: string, got: string | number | undefined, allowed: string, fix: string): string {
  return `${what} (got ${printed(got)}): ${allowed}; ${fix}`;
}

/** Throws a complaint, led by the construct's path where there is one. */
export function reject(message: string, scope?: IConstruct): never {
  throw new Error(scope === undefined ? message : `[${scope.node.path}] ${message}`);
}

/**
 * How any value reads in a complaint: it may be one that has no text of its own, such as `{"toString": 0}`, or one that
 * an alias of YAML has put into itself.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    const text = JSON.stringify(value ?? null) as string | undefined;
    return text ?? `a ${typeof value}`;
  } catch {
    return typeof value === 'bigint' ? value.toString() : 'a value that contains itself';
  }
}

function printed(value: string | number | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? `"${value}"` : `${value}`;
}
