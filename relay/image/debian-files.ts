import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianFolder, debianPackages, type DebianPackage } from './debian';
import { installedFile, program, textFile, type ImageFile } from './image-file';
import type { Platform } from './platform';

/** What of Debian is in an image: the libraries that Node needs, their copyright, and what scanners look for. */
export async function debianFiles(platform: Platform): Promise<ImageFile[]> {
  const packages = debianPackages(platform.architecture);
  const files = await Promise.all(
    packages.map(async part => {
      const folder = await debianFolder(part);
      return [
        ...needed(part.name, platform).flatMap(path => entries(folder, path)),
        ...(part.name === 'libc6' ? loader(folder, platform) : []),
        ...copyright(folder, `usr/share/doc/${part.name}`),
        textFile(`var/lib/dpkg/status.d/${part.name}`, statusOf(part, platform)),
      ];
    }),
  );
  return files.flat();
}

/** The shared libraries that Node and koffi name (DT_NEEDED). */
function needed(name: string, { libraries }: Platform): readonly string[] {
  const inFolder = (...names: string[]): string[] => names.map(name => `usr/lib/${libraries}/${name}`);
  switch (name) {
    case 'base-files':
      return ['etc/os-release'];
    case 'libatomic1':
      return inFolder('libatomic.so.1');
    case 'libc6':
      return inFolder('libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0');
    case 'libgcc-s1':
      return inFolder('libgcc_s.so.1');
    case 'libstdc++6':
      return inFolder('libstdc++.so.6');
    default:
      return [];
  }
}

/** The dynamic loader, which the kernel runs for every program, where every program looks for it (PT_INTERP). */
function loader(folder: string, platform: Platform): readonly ImageFile[] {
  const path = `usr/${platform.loader}`;
  const linkTo = readlinkSync(join(folder, path));
  const target = join(dirname(path), linkTo);
  return [{ path, linkTo }, program(target, join(folder, target))];
}

/** Packages of one source share the copyright of one of them, by a link. */
function copyright(folder: string, path: string): readonly ImageFile[] {
  return lstatSync(join(folder, path)).isSymbolicLink() ? entries(folder, path) : entries(folder, `${path}/copyright`);
}

/** A file; a link, and what it links to if that is in the same package. */
function entries(folder: string, path: string): readonly ImageFile[] {
  const source = join(folder, path);
  if (!lstatSync(source).isSymbolicLink()) return [installedFile(path, source)];
  const linkTo = readlinkSync(source);
  const target = join(dirname(path), linkTo);
  return [{ path, linkTo }, ...(existsSync(join(folder, target)) ? entries(folder, target) : [])];
}

/** What scanners for known vulnerabilities read; these go by the source package, which names its folder in the pool. */
function statusOf({ name, version, path }: DebianPackage, { architecture }: Platform): string {
  return [
    `Package: ${name}`,
    'Status: install ok installed',
    `Architecture: ${architecture}`,
    `Source: ${path.split('/').at(-2)!}`,
    `Version: ${version}`,
    '',
  ].join('\n');
}
