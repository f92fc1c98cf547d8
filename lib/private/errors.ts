import { IConstruct } from 'constructs';

/** The one shape of every complaint: what is wrong, the value seen, what would be right, and the likely fix. */
export function complaint(what: string, got: string | number | undefined, allowed: string, fix: string): string {
  return `${what} (got ${printed(got)}): ${allowed}; ${fix}`;
}

/** Throws a complaint, led by the construct's path where there is one. */
export function reject(message: string, scope?: IConstruct): never {
  throw new Error(scope === undefined ? message : `[${scope.node.path}] ${message}`);
}

function printed(value: string | number | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? `"${value}"` : `${value}`;
}
