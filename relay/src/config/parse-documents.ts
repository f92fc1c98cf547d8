import { LineCounter, parseAllDocuments } from 'yaml';
import type { ConfigProblem } from './config-source';

/** Texts beyond this are refused unread, in UTF-16 units: a manifest is small, and what is larger is a mistake. */
export const MAX_TEXT_LENGTH = 8 * 1024 * 1024;
/** Most nodes that aliases of one document may expand to: a few bytes of nested aliases can stand for gigabytes. */
const MAX_ALIASES = 100;

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
    const options = { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'silent' } as const;
    for (const document of parseAllDocuments(text, options)) {
      const [error] = document.errors;
      if (error !== undefined) {
        const message = `not readable as YAML at ${at(error.pos[0])} (got ${error.code}): YAML or JSON`;
        problems.push({ file, message });
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
