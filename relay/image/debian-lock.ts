/** Pins the newest versions of the Debian packages that the image has: `npx tsx relay/image/debian-lock.ts`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianPackage } from './debian';
import { PLATFORMS, type Platform } from './platform';

const SUITE = 'trixie';
/** What Node needs, the packages that have the copyright of these, and `/etc/os-release`. */
const NAMES = ['base-files', 'gcc-14-base', 'libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6'];
/** A security update comes out before a point release takes it in. */
const INDEXES = [`debian/dists/${SUITE}`, `debian-security/dists/${SUITE}-security`];
const MIRROR = 'https://deb.debian.org';

async function newest(name: string, { architecture }: Platform): Promise<DebianPackage> {
  const candidates = (await Promise.all(INDEXES.map(index => paragraphs(index, architecture))))
    .flat()
    .filter(candidate => candidate.name === name);
  return candidates.reduce((best, candidate) => (isNewer(candidate, best) ? candidate : best));
}

const indexes = new Map<string, Promise<DebianPackage[]>>();

function paragraphs(index: string, architecture: string): Promise<DebianPackage[]> {
  const url = `${MIRROR}/${index}/main/binary-${architecture}/Packages.xz`;
  const known = indexes.get(url) ?? download(url).then(text => text.split('\n\n').flatMap(text => parsed(text, index)));
  indexes.set(url, known);
  return known;
}

async function download(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be downloaded (got ${response.status})`);
  const input = Buffer.from(await response.arrayBuffer());
  return spawnSync('xz', ['-dc'], { input, encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout;
}

function parsed(paragraph: string, index: string): DebianPackage[] {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
  const [name, version, file, sha256] = ['Package', 'Version', 'Filename', 'SHA256'].map(field);
  if (name === undefined || version === undefined || file === undefined || sha256 === undefined) return [];
  return [{ name, version, path: `${index.split('/')[0]!}/${file}`, sha256 }];
}

function isNewer(one: DebianPackage, other: DebianPackage): boolean {
  return spawnSync('dpkg', ['--compare-versions', one.version, 'gt', other.version]).status === 0;
}

async function main(): Promise<void> {
  const packages: Record<string, DebianPackage[]> = {};
  for (const platform of PLATFORMS) {
    packages[platform.architecture] = await Promise.all(NAMES.map(name => newest(name, platform)));
  }
  const snapshot = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const lock = { suite: SUITE, snapshot, packages };
  writeFileSync(join(__dirname, 'debian.lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
}

void main();
