import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kept from one build to the next; every name in it is a checksum. */
const CACHE = join(__dirname, '../../.cache/image');

/**
 * The folder that an archive of this checksum unpacks to.
 *
 * @param fetch gets the archive; called only if it has not been unpacked here before
 * @param unpack fills an empty folder with what the archive holds
 * @throws Error if what came is not what the lock file says
 */
export async function unpacked(
  what: string,
  algorithm: 'sha256' | 'sha512',
  checksum: string,
  fetch: () => Promise<Buffer>,
  unpack: (archive: Buffer, folder: string) => void,
): Promise<string> {
  const folder = join(CACHE, checksum);
  if (existsSync(folder)) return folder;
  const archive = await fetch();
  const actual = createHash(algorithm).update(archive).digest('hex');
  if (actual !== checksum) {
    throw new Error(`${what} is not what is locked (got ${algorithm} ${actual}): ${checksum}; get it from elsewhere`);
  }
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'unpacking-'));
  try {
    unpack(archive, temporary);
    renameSync(temporary, folder);
  } catch (error) {
    // Another build may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Unpacks a tar archive with the tool of that name, which knows every compression. */
export function untar(archive: Buffer, folder: string): void {
  const file = `${folder}.archive`;
  writeFileSync(file, archive);
  try {
    run('tar', ['-x', '-f', file, '-C', folder]);
  } finally {
    rmSync(file);
  }
}

/** What a program prints. @throws Error with what it complains about */
export function run(program: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new Error(`${program} cannot be run (${error.message}): install it`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (got ${status}): ${stderr.trim()}`);
  return stdout;
}
