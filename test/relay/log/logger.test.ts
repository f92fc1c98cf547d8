import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LogLevels } from '../../../relay/src/log/levels';
import { Log, type LogFormat } from '../../../relay/src/log/logger';

function logTo(format: LogFormat, levels?: string) {
  const lines: string[] = [];
  const log = new Log({ format, levels, destination: { write: line => void lines.push(line) } });
  return { log, lines, records: () => lines.map(line => JSON.parse(line) as Record<string, unknown>) };
}

describe('levels', () => {
  test.each([
    ['all:DEBUG', 'turn', 'DEBUG'],
    ['all:INFO,turn:DEBUG', 'turn', 'DEBUG'],
    ['turn:DEBUG,all:ERROR', 'auth', 'ERROR'],
    ['turn:DEBUG', 'auth', 'INFO'],
    ['all:warn', 'turn', 'WARN'],
    [' all : TRACE , turn : DISABLE ', 'turn', 'DISABLE'],
    ['turn:DEBUG,turn:ERROR', 'turn', 'ERROR'],
    ['listener-ns/gw/udp:TRACE', 'listener-ns/gw/udp', 'TRACE'],
    ['', 'turn', 'INFO'],
    ['info', 'turn', 'INFO'],
    ['all:LOUD,:DEBUG,,turn:,DEBUG', 'turn', 'INFO'],
    ['all:LOUD,turn:ERROR', 'turn', 'ERROR'],
    ['__proto__:DEBUG', 'constructor', 'INFO'],
  ])('%j gives %s the level %s', (text, scope, level) => {
    expect(LogLevels.parse(text).of(scope)).toBe(level);
  });

  test.each([
    ['DISABLE', []],
    ['ERROR', ['error']],
    ['WARN', ['error', 'warn']],
    ['INFO', ['error', 'warn', 'info']],
    ['DEBUG', ['error', 'warn', 'info', 'debug']],
    ['TRACE', ['error', 'warn', 'info', 'debug', 'trace']],
  ])('%s lets through %j', (level, expected) => {
    const { log, records } = logTo('json', `all:${level}`);
    const logger = log.scope('turn');
    for (const method of ['error', 'warn', 'info', 'debug', 'trace'] as const) logger[method](method);
    expect(records().map(({ msg }) => msg)).toEqual(expected);
    expect(logger.isEnabled('DEBUG')).toBe(expected.includes('debug'));
  });

  test('change while running, for loggers handed out before too', () => {
    const { log, records } = logTo('json');
    const [turn, auth] = [log.scope('turn'), log.scope('auth')];
    turn.debug('too early');
    log.setLevels('turn:DEBUG,auth:ERROR');
    turn.debug('now');
    auth.info('too low');
    log.scope('cds-client').info('by default');
    expect(records().map(({ msg }) => msg)).toEqual(['now', 'by default']);
  });
});

describe('JSON', () => {
  test('has time, level, scope and msg, and the fields', () => {
    const { log, lines, records } = logTo('json');
    log.scope('turn').warn('peer denied', { peer: '10.0.0.1:80', count: 2 });
    expect(lines[0]).toMatch(/\}\n$/);
    const [{ time, ...rest }] = records() as [Record<string, unknown>];
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'WARN', scope: 'turn', msg: 'peer denied', peer: '10.0.0.1:80', count: 2 });
  });
});

describe('text', () => {
  test('is one line: time, scope, level, message, fields', () => {
    const { log, lines } = logTo('text');
    log.scope('turn').info('allocation created', { client: 'udp:192.0.2.1:4711', user: 'a b', count: 2 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} turn INFO: allocation created client=udp:192\.0\.2\.1:4711 user="a b" count=2\n$/,
    );
  });

  test.each([
    ['a line feed', 'eve\n12:00:00.000 turn INFO: forged'],
    ['a terminal escape', 'eve\u001b[2J'],
    ['a line separator', 'eve\u2028forged'],
  ])('%s in a field or a message starts no line and moves no cursor', (_, text) => {
    const { log, lines } = logTo('text');
    log.scope('auth').info(`user ${text}`, { user: text });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });
});

test('standard output has every line in order once flush has resolved', () => {
  const module = join(__dirname, '../../../relay/src/log/logger');
  const script = `
    const { Log } = require(${JSON.stringify(module)});
    const log = new Log({ format: 'json' });
    for (let i = 0; i < 100; i++) log.scope('turn').info(String(i));
    log.flush().then(() => process.exit(0));`;
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', '-e', script], { encoding: 'utf8' });
  const messages = output
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
});
