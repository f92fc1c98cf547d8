import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { ConfigProblem } from './config-source';

/** Texts beyond this are refused unread, in UTF-16 units: a manifest is small, and what is larger is a mistake. */
export const MAX_TEXT_LENGTH = 8 * 1024 * 1024;
/** Most nodes that aliases of one document may expand to: a few bytes of nested aliases can stand for gigabytes. */
const MAX_ALIASES = 100;

/** The parser compares every key of a map with every other one, which takes minutes for many: `repeatedKey` does not. */
const OPTIONS = { prettyErrors: false, merge: true, logLevel: 'silent', uniqueKeys: false } as const;

export interface Parsed {
  readonly values: readonly unknown[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads YAML of any number of documents, or JSON; empty documents are left out. Never throws.
 *
 * A problem gives place and code, not the parser's own words: those quote the source, and that may be a secret.
 */
export function parseDocuments(text: string, file?: string): Parsed {
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `too long (got ${text.length} characters): at most ${MAX_TEXT_LENGTH}; split it`;
    return { values: [], problems: [{ file, message }] };
  }
  const json = parseJson(text);
  return json ?? parseYaml(text, file);
}

/** YAML restricts the length of JSON's keys and is slower to read: what is JSON is read as such. */
function parseJson(text: string): Parsed | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { values: [JSON.parse(text) as unknown], problems: [] };
  } catch {
    return undefined;
  }
}

function parseYaml(text: string, file?: string): Parsed {
  const lines = new LineCounter();
  const values: unknown[] = [];
  const problems: ConfigProblem[] = [];
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  try {
    for (const document of parseAllDocuments(text, { ...OPTIONS, lineCounter: lines })) {
      const [error] = document.errors;
      if (error !== undefined) {
        const message = `not readable as YAML at ${at(error.pos[0])} (got ${error.code}): YAML or JSON`;
        problems.push({ file, message });
        continue;
      }
      const repeated = repeatedKey(document);
      if (repeated !== undefined) {
        problems.push({ file, message: `a key stands twice in one map at ${at(repeated)}: each once; remove one` });
        continue;
      }
      try {
        const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
        if (value !== null && value !== undefined) values.push(value);
      } catch {
        const where = at(document.range[0]);
        const message = `aliases of the document at ${where} lead nowhere or expand too far: anchors set before, few aliases`;
        problems.push({ file, message });
      }
    }
  } catch {
    // Nesting that exhausts the stack.
    problems.push({ file, message: 'not readable as YAML: documents nested less deeply' });
  }
  return { values, problems };
}

/** Where a key is that its map has had before; undefined if no map has one. Merge keys may come several times. */
function repeatedKey(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (!seen.has(key.value)) seen.add(key.value);
        else {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
      }
      return undefined;
    },
  });
  return found;
}
