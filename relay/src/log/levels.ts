/** From silent to talkative. */
export const LEVELS = ['DISABLE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const;
export type Level = (typeof LEVELS)[number];

const DEFAULT_LEVEL: Level = 'INFO';

/**
 * Log levels by scope, read from `scope:LEVEL` items separated by commas, such as `all:INFO,turn:DEBUG`. The scope `all`
 * stands for every scope that is not named. Items that are not of this form say nothing: a log level never stops a relay.
 */
export class LogLevels {
  private constructor(private readonly byScope: ReadonlyMap<string, Level>) {}

  static parse(text: string): LogLevels {
    const byScope = new Map<string, Level>();
    for (const item of text.split(',')) {
      // A scope may hold colons, a level never does.
      const colon = item.lastIndexOf(':');
      const scope = item.slice(0, colon).trim();
      const name = item
        .slice(colon + 1)
        .trim()
        .toUpperCase();
      const level = LEVELS.find(known => known === name);
      if (colon > 0 && scope !== '' && level !== undefined) byScope.set(scope, level);
    }
    return new LogLevels(byScope);
  }

  of(scope: string): Level {
    return this.byScope.get(scope) ?? this.byScope.get('all') ?? DEFAULT_LEVEL;
  }
}
