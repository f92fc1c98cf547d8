import { IConstruct } from 'constructs';
import { complaint, reject } from './errors';

const LEVELS = ['DISABLE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];
const ITEM = new RegExp(`^[a-z][a-z0-9/-]*:(${LEVELS.join('|')})$`);

/** Refuses a log level that would do nothing. */
export function checkLogLevel(logLevel: string | undefined, scope: IConstruct): void {
  const message = logLevelComplaint(logLevel);
  if (message !== undefined) reject(message, scope);
}

/** stunnerd passes over items that are not `scope:LEVEL`, so that a plain `info` would do nothing at all. */
export function logLevelComplaint(logLevel: string | undefined): string | undefined {
  if (logLevel === undefined || logLevel.split(',').every(item => ITEM.test(item))) return undefined;
  const level = LEVELS.includes(logLevel.toUpperCase()) ? logLevel.toUpperCase() : 'INFO';
  const allowed = `scope:LEVEL joined by commas, LEVEL one of ${LEVELS.join(', ')}`;
  return complaint('log level is not understood', logLevel, allowed, `write "all:${level}"`);
}
