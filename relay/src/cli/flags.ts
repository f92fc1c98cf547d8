/** What a flag takes. A switch takes `=true` and `=false` only; others need a value, the next argument if need be. */
export interface FlagSpec {
  readonly long: string;
  readonly short?: string;
  readonly kind: 'switch' | 'value' | 'values';
}

/** A command line that cannot be obeyed; the message says why and what would do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export class ParsedFlags {
  readonly positionals: string[] = [];
  /** Flags that nobody knows, as they were written, without their values. */
  readonly unknown: string[] = [];
  private readonly values = new Map<string, string[]>();

  set(spec: FlagSpec, value: string): void {
    const earlier = spec.kind === 'values' ? (this.values.get(spec.long) ?? []) : [];
    this.values.set(spec.long, [...earlier, value]);
  }

  /** The value of a flag; the last one counts. */
  value(long: string): string | undefined {
    return this.values.get(long)?.at(-1);
  }

  all(long: string): readonly string[] {
    return this.values.get(long) ?? [];
  }

  isOn(long: string): boolean {
    return this.value(long) === 'true';
  }
}

/** Words for true and false, as Go programs take them. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/**
 * Reads flags the way pflag does: `--flag=value`, `--flag value`, `-f value`, `-fvalue`, `-f=value`, switches in one
 * (`-dv`), `--` ends them. Flags may follow positional arguments. An unknown flag takes the next argument with it, unless
 * that is a flag or `isPositional`; both are left out.
 *
 * @throws UsageError if a value is missing or a switch has an odd one.
 */
export function parseFlags(
  argv: readonly string[],
  specs: readonly FlagSpec[],
  isPositional: (argument: string) => boolean,
): ParsedFlags {
  const parsed = new ParsedFlags();
  const rest = [...argv];

  const take = (spec: FlagSpec, written: string, attached: string | undefined): void => {
    if (spec.kind === 'switch') {
      parsed.set(spec, switchValue(written, attached));
      return;
    }
    const value = attached ?? rest.shift();
    if (value === undefined)
      throw new UsageError(`${written} has no value (got nothing after it): write ${written} VALUE`);
    parsed.set(spec, value);
  };

  const skip = (written: string, hasValue: boolean): void => {
    parsed.unknown.push(written);
    const next = rest[0];
    if (!hasValue && next !== undefined && !next.startsWith('-') && !isPositional(next)) rest.shift();
  };

  const takeLong = (argument: string): void => {
    const equals = argument.indexOf('=');
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const spec = specs.find(({ long }) => `--${long}` === written);
    if (spec === undefined) skip(written, equals >= 0);
    else take(spec, written, equals < 0 ? undefined : argument.slice(equals + 1));
  };

  const takeShorts = (letters: string): void => {
    const written = `-${letters[0]}`;
    const tail = letters.slice(1);
    const spec = specs.find(({ short }) => short === letters[0]);
    if (spec === undefined) skip(written, tail !== '');
    else if (spec.kind === 'switch' && tail !== '' && !tail.startsWith('=')) {
      take(spec, written, undefined);
      takeShorts(tail);
    } else take(spec, written, tail === '' ? undefined : tail.replace(/^=/, ''));
  };

  while (rest.length > 0) {
    const argument = rest.shift()!;
    if (argument === '--') parsed.positionals.push(...rest.splice(0));
    else if (argument.startsWith('--')) takeLong(argument);
    else if (argument.startsWith('-') && argument !== '-') takeShorts(argument.slice(1));
    else parsed.positionals.push(argument);
  }
  return parsed;
}

function switchValue(written: string, value = 'true'): string {
  if (TRUE.has(value)) return 'true';
  if (FALSE.has(value)) return 'false';
  throw new UsageError(`${written} is a switch (got ${value}): true or false; write ${written} alone to switch it on`);
}
