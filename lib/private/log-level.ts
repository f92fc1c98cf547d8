import { IConstruct } from 'constructs';
import { complaint, reject } from './errors';

const LEVELS = ['DISABLE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];
const ITEM = new RegExp(`^[a-z][a-z0-9/-]*:(${LEVELS.join('|')})$`);

/** stunnerd passes over items that are not `scope:LEVEL`, so that a plain `info` would do nothing at all. */
export function checkLogLevel(logLevel: string | undefined, scope: IConstruct): void {
  if (logLevel === undefined || logLevel.split(',').every(item => ITEM.test(item))) return;
  const level = LEVELS.includes(logLevel.toUpperCase()) ? logLevel.toUpperCase() : 'INFO';
  const allowed = `scope:LEVEL joined by commas, LEVEL one of ${LEVELS.join(', ')}`;
  reject(complaint('log level is not understood', logLevel, allowed, `write "all:${level}"`), scope);
}
