import lock from './debian.lock.json';
import { unpacked, untar } from './downloads';

/** A package of Debian as the lock file pins it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Below the root of a mirror, with the name of the archive. */
  readonly path: string;
  readonly sha256: string;
}

export const DEBIAN_SUITE = lock.suite;

/**
 * A mirror has the newest versions only; the archive of everything that Debian ever released has the others. Without TLS,
 * as apt does it: what is trusted is the SHA-256 in the lock file.
 */
const SOURCES: readonly ((path: string) => string)[] = [
  path => `${process.env.DEBIAN_MIRROR ?? 'http://deb.debian.org'}/${path}`,
  path => `http://snapshot.debian.org/archive/${path.replace('/', `/${lock.snapshot}/`)}`,
];

export function debianPackages(architecture: 'amd64' | 'arm64'): readonly DebianPackage[] {
  return lock.packages[architecture];
}

/** The folder with a package's files. */
export function debianFolder({ name, version, path, sha256 }: DebianPackage): Promise<string> {
  return unpacked(`${name} ${version}`, 'sha256', sha256, () => download(path), unpackDeb);
}

async function download(path: string): Promise<Buffer> {
  const failures: string[] = [];
  for (const url of SOURCES.map(source => source(path))) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      failures.push(`${url}: ${response.status}`);
    } catch (error) {
      failures.push(`${url}: ${String(error)}`);
    }
  }
  throw new Error(
    `a package cannot be downloaded (got ${failures.join('; ')}): set DEBIAN_MIRROR, or lock a newer one`,
  );
}

/** A .deb is an `ar` archive of three members; the last one is a tar archive of the files. */
function unpackDeb(archive: Buffer, folder: string): void {
  for (let at = '!<arch>\n'.length; at < archive.length;) {
    const name = archive.toString('latin1', at, at + 16).trim();
    const size = Number(archive.toString('latin1', at + 48, at + 58));
    const data = archive.subarray(at + 60, at + 60 + size);
    if (name.startsWith('data.tar')) {
      untar(data, folder);
      return;
    }
    at += 60 + size + (size & 1);
  }
  throw new Error('a .deb without files');
}
