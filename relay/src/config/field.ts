/** Stands for what lies below a value of the wrong type: neither absent nor readable, so that no default applies. */
const UNREADABLE = Symbol('unreadable');

/**
 * A value of unknown shape and the path it stands at. Reading never throws: what has the wrong type is told and reads
 * as undefined, and so does everything below it. null is absent, as in the Kubernetes API.
 *
 * A problem names the type of what it found, or a number, but never a text: that may be a secret.
 */
export class Field {
  constructor(
    readonly value: unknown,
    readonly path: string,
    private readonly report: (path: string, message: string) => void,
  ) {}

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  get isText(): boolean {
    return typeof this.value === 'string';
  }

  /** The same place with another value, such as what a text there has been parsed to. */
  with(value: unknown): Field {
    return new Field(value, this.path, this.report);
  }

  tell(message: string): void {
    this.report(this.path, message);
  }

  /** The member of a map. Own members only: `constructor` finds nothing that is not in the input. */
  get(key: string): Field {
    const path = member(this.path, key);
    if (this.isAbsent) return new Field(undefined, path, this.report);
    if (!isMap(this.value)) {
      this.wrong('a map');
      return new Field(UNREADABLE, path, this.report);
    }
    return new Field(Object.hasOwn(this.value, key) ? this.value[key] : undefined, path, this.report);
  }

  /** The members of a map, sorted by key; empty if it is absent, undefined if it is no map. */
  entries(): readonly (readonly [string, Field])[] | undefined {
    if (this.isAbsent) return [];
    if (!isMap(this.value)) {
      this.wrong('a map');
      return undefined;
    }
    return Object.keys(this.value)
      .sort()
      .map(key => [key, this.get(key)] as const);
  }

  /** The items of a list; empty if it is absent, undefined if it is no list. */
  items(): readonly Field[] | undefined {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) {
      this.wrong('a list');
      return undefined;
    }
    return this.value.map((item: unknown, i) => new Field(item, `${this.path}[${i}]`, this.report));
  }

  /** Text; `absent` if there is none, undefined if it is no text. */
  string(absent?: string): string | undefined {
    if (this.isAbsent) return absent;
    if (typeof this.value === 'string') return this.value;
    this.wrong('a string');
    return undefined;
  }

  /** As `string`, told if it is absent or empty. */
  required(): string | undefined {
    const text = this.string('');
    if (text !== '') return text;
    this.tell('missing: a text that is not empty');
    return undefined;
  }

  /** A whole number within bounds; `absent` if there is none, undefined if it is another thing. */
  integer(min: number, max: number, absent?: number): number | undefined {
    if (this.isAbsent) return absent;
    if (typeof this.value !== 'number') {
      this.wrong('a number');
      return undefined;
    }
    if (Number.isInteger(this.value) && this.value >= min && this.value <= max) return this.value;
    this.tell(`out of range (got ${this.value}): a whole number, ${min} to ${max}`);
    return undefined;
  }

  private wrong(wanted: string): void {
    if (this.value !== UNREADABLE) this.tell(`wrong type (got ${typeName(this.value)}): ${wanted}`);
  }
}

/** A value for an error text: short, on one line, and for places only where no secret can stand. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function member(path: string, key: string): string {
  const step = /^[A-Za-z_][\w-]*$/.test(key) ? key : `[${quote(key)}]`;
  return path === '' || step.startsWith('[') ? path + step : `${path}.${step}`;
}
