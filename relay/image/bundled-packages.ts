import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { lockedPackage, type NpmPackage } from './npm-package';

const ROOT = join(__dirname, '../..');
const SEPARATOR = `\n${'-'.repeat(80)}\n\n`;

/** An npm package whose code is in a bundle. */
export interface BundledPackage extends NpmPackage {
  /** Its files, below the root of the repository. */
  readonly folder: string;
}

/** The packages whose code is in bundles, as their source maps tell. */
export function bundledPackages(folder: string, bundles: readonly string[]): readonly BundledPackage[] {
  const folders = bundles.flatMap(bundle => {
    const { sources } = JSON.parse(readFileSync(join(folder, `${bundle}.map`), 'utf8')) as { sources: string[] };
    return sources.flatMap(source => packageFolder(normalize(join('relay/dist', source))) ?? []);
  });
  return [...new Set(folders)].sort().map(folder => ({
    ...lockedPackage(folder.split('node_modules/').at(-1)!, folder),
    folder,
  }));
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` is of the package in `node_modules/a/node_modules/@b/c`. */
function packageFolder(source: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0];
}

/** The texts of their licences, one after the other. @throws Error naming a package that has none. */
export function licencesOf(packages: readonly BundledPackage[]): string {
  return packages.map(licenceOf).join(SEPARATOR);
}

function licenceOf({ name, version, license, folder }: BundledPackage): string {
  const file = readdirSync(join(ROOT, folder)).find(name => /^((un)?licen[cs]e|copying)\b/i.test(name));
  if (file === undefined) throw new Error(`${name} has no licence text (got none): LICENSE; it cannot be passed on`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(ROOT, folder, file), 'utf8').trim()}\n`;
}
