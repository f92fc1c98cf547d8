import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, unpacked, untar } from './downloads';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

const { packages: PACKAGES } = JSON.parse(readFileSync(join(__dirname, '../../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage | undefined>>;
};

/** An npm package in the version that `package-lock.json` pins. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Subresource integrity of the archive. */
  readonly integrity: string;
}

/** What is locked under a name. @throws Error if nothing is, or without a checksum. */
export function lockedPackage(name: string, path = `node_modules/${name}`): NpmPackage {
  const { version, integrity, license = 'NOASSERTION' } = PACKAGES[path] ?? {};
  if (version === undefined || integrity?.startsWith('sha512-') !== true) {
    throw new Error(`${path} is not locked with a SHA-512: run npm install`);
  }
  return { name, version, integrity, license };
}

/** The folder with a package's files; it is fetched even if it is for another platform, and npm would not install it. */
export async function npmFolder({ name, version, integrity }: NpmPackage): Promise<string> {
  const checksum = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  const folder = await unpacked(
    `${name}@${version}`,
    'sha512',
    checksum,
    () => Promise.resolve(packed(`${name}@${version}`)),
    untar,
  );
  return join(folder, 'package');
}

function packed(specification: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'npm-pack-'));
  try {
    const file = run('npm', ['pack', '--silent', '--pack-destination', folder, specification]).trim();
    return readFileSync(join(folder, file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
