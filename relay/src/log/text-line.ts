/** Keys of a log record with a place of their own; others follow the message as `key=value`. */
interface LogRecord {
  readonly time: string;
  readonly level: string;
  readonly scope: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Control and line-separator characters: a user name must not forge a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** `14:05:09.120 turn INFO: allocation created client=udp:192.0.2.1:4711`, of a record in JSON. */
export function textLine(json: string): string {
  const { time, level, scope, msg, ...fields } = JSON.parse(json) as LogRecord;
  const clock = time.slice(time.indexOf('T') + 1, -1);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${`${clock} ${scope} ${level}: ${msg}${rest.join('')}`.replace(UNPRINTABLE, escape)}\n`;
}

/** Plain words stand as they are; what would blur with its neighbours is quoted. */
function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
