import { isUtf8 } from 'node:buffer';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigProblem } from './config-source';
import { MAX_TEXT_LENGTH } from './parse-documents';
import { followEntry, type Follow } from './watch';

/** More files than this in one tree are a mistake: a whole disk, say. */
const MAX_FILES = 10_000;
/** All files together, in UTF-16 units. */
const MAX_TREE_LENGTH = 64 * 1024 * 1024;
/** How often a tree that changes while it is read is read anew. */
const ATTEMPTS = 3;

export interface TextFile {
  readonly file: string;
  readonly text: string;
}

export interface Tree {
  readonly files: readonly TextFile[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the files given and all `*.yaml`, `*.yml` and `*.json` below the folders given, in one order, each once however
 * many links lead there.
 *
 * Hidden entries are not walked: a rendered tree keeps its index in one, and a mounted ConfigMap or Secret is renewed by
 * swapping the link `..data`. Links are followed, and what changes while it is read is read again, so that no mixture of
 * old and new comes out.
 *
 * @param follow told of each folder before it is read, and of the paths given
 */
export async function readTree(paths: readonly string[], follow?: Follow): Promise<Tree> {
  for (let attempt = 1; ; attempt++) {
    const before = await listFiles(paths, follow);
    const tree = await readFiles(before);
    const after = await listFiles(paths, follow);
    if (before.versions === after.versions || attempt === ATTEMPTS) return tree;
  }
}

interface Listing {
  readonly files: readonly string[];
  /** Changes when any of the files is written or replaced. */
  readonly versions: string;
  readonly problems: readonly ConfigProblem[];
}

async function listFiles(paths: readonly string[], follow: Follow | undefined): Promise<Listing> {
  const walk = new Walk(follow);
  for (const path of [...paths].sort()) {
    if (follow !== undefined) followEntry(follow, path);
    await walk.visit(path, true);
  }
  const versions = walk.versions.join('\n');
  if (walk.files.length <= MAX_FILES) return { files: walk.files, versions, problems: walk.problems };
  return {
    files: [],
    versions,
    problems: [{ message: `too many files (more than ${MAX_FILES}): a folder of manifests` }],
  };
}

class Walk {
  readonly files: string[] = [];
  readonly versions: string[] = [];
  readonly problems: ConfigProblem[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly follow: Follow | undefined) {}

  async visit(path: string, named: boolean): Promise<void> {
    if (this.files.length > MAX_FILES) return;
    try {
      const real = await realpath(path);
      if (this.seen.has(real)) return;
      const info = await stat(real, { bigint: true });
      if (info.isDirectory()) {
        this.seen.add(real);
        this.follow?.(real);
        for (const entry of (await readdir(real)).sort()) {
          if (!entry.startsWith('.')) await this.visit(join(path, entry), false);
        }
      } else if (info.isFile() && (named || /\.(ya?ml|json)$/.test(path))) {
        this.seen.add(real);
        this.files.push(path);
        this.versions.push(`${real} ${info.ino} ${info.size} ${info.mtimeNs} ${info.ctimeNs}`);
      }
    } catch (error) {
      this.problems.push(unreadable(path, error));
    }
  }
}

async function readFiles(listing: Listing): Promise<Tree> {
  const problems = [...listing.problems];
  const files: TextFile[] = [];
  let length = 0;
  for (const file of listing.files) {
    try {
      const text = await readBounded(file);
      length += text.length;
      if (length > MAX_TREE_LENGTH) {
        problems.push({ file, message: `too long with all before it: at most ${MAX_TREE_LENGTH} characters together` });
        break;
      }
      files.push({ file, text });
    } catch (error) {
      problems.push(unreadable(file, error));
    }
  }
  return { files, problems };
}

/** @throws RangeError if it is longer than `MAX_TEXT_LENGTH` bytes or not UTF-8. */
export async function readBounded(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_TEXT_LENGTH) {
      throw new RangeError(`too large (got ${size} bytes): at most ${MAX_TEXT_LENGTH}; split it`);
    }
    const bytes = await handle.readFile();
    if (!isUtf8(bytes)) throw new RangeError('not UTF-8: YAML or JSON text');
    return bytes.toString();
  } finally {
    await handle.close();
  }
}

/** A problem with a file, from the error that reading it gave. */
export function unreadable(file: string, error: unknown): ConfigProblem {
  if (error instanceof RangeError) return { file, message: error.message };
  const { code = 'unknown error' } = error as { readonly code?: string };
  return { file, message: `cannot be read (got ${code}): a readable file or folder` };
}
