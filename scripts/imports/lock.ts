import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the CRDs of one API group come from, and the exact upstream files they are. */
export interface PinnedGroup {
  readonly project: string;
  readonly source: string;
  readonly version: string;
  readonly licence: string;
  /** Folder of the files inside the upstream CRD collection. */
  readonly folder: string;
  /** The kinds to take, where the files hold more than are used; absent takes all. */
  readonly kinds?: readonly string[];
  /** Kind to the version to take, where it is not the newest served one. */
  readonly versions?: Readonly<Record<string, string>>;
  /** File name to the SHA-256 of its content, in hex. */
  readonly files: Readonly<Record<string, string>>;
}

/** API group to its pin. */
export type CrdLock = Readonly<Record<string, PinnedGroup>>;

/** The repository's `imports/` folder. */
export const IMPORTS_DIR = join(__dirname, '..', '..', 'imports');

/** Reads `imports/crds.lock.json`. */
export function readLock(importsDir = IMPORTS_DIR): CrdLock {
  return JSON.parse(readFileSync(join(importsDir, 'crds.lock.json'), 'utf8')) as CrdLock;
}
