import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages, licencesOf } from './bundled-packages';
import { debianPackages, DEBIAN_SUITE } from './debian';
import { debianFiles } from './debian-files';
import { installedFile, program, textFile, type ImageFile } from './image-file';
import { lockedPackage, npmFolder, type NpmPackage } from './npm-package';
import type { Platform } from './platform';
import { sbomOf } from './sbom';

const ROOT = join(__dirname, '../..');
const BUNDLES = join(ROOT, 'relay/dist');
const HOME = 'opt/stunnerd';
const NODE = 'usr/local/bin/node';
/** A user of no rights that no host gives to anybody. */
export const USER = 65_532;

/** The files of an image, from what changes least to what changes with every version. */
export interface Layers {
  readonly system: readonly ImageFile[];
  readonly node: readonly ImageFile[];
  readonly relay: readonly ImageFile[];
  /** SPDX 2.3 JSON; it is in the image, too. */
  readonly sbom: string;
}

export async function layersOf(platform: Platform, version: string, created: Date): Promise<Layers> {
  const built = readdirSync(BUNDLES);
  const bundles = built.filter(name => name.endsWith('.cjs'));
  const besides = built.filter(name => /\.(LEGAL\.txt|html)$/.test(name));
  const bundled = bundledPackages(BUNDLES, bundles);
  const node = lockedPackage(`node-linux-${platform.npm}`);
  const koffi = lockedPackage('koffi');
  const native = lockedPackage(`@koromix/koffi-linux-${platform.npm}`);
  const sbom = sbomOf({
    name: 'stunnerd',
    version,
    platform,
    created,
    suite: DEBIAN_SUITE,
    debian: debianPackages(platform.architecture),
    npm: [node, koffi, native, ...bundled],
  });
  return {
    system: [...(await debianFiles(platform)), ...accounts(platform)],
    node: await nodeFiles(node),
    relay: [
      ...bundles.map(bundleFile),
      ...besides.map(name => installedFile(`${HOME}/${name}`, join(BUNDLES, name))),
      { path: 'usr/local/bin/stunnerd', linkTo: `../../../${HOME}/stunnerd.cjs` },
      ...(await koffiFiles(koffi, native, platform)),
      ...['LICENSE', 'NOTICE'].map(name => installedFile(`usr/share/doc/stunnerd/${name}`, join(ROOT, name))),
      textFile('usr/share/doc/stunnerd/THIRD-PARTY-LICENSES', licencesOf(bundled)),
      textFile('usr/share/sbom/stunnerd.spdx.json', sbom),
    ],
    sbom,
  };
}

/** Names for the user, and the order in which host names are looked up. */
function accounts({ loader }: Platform): readonly ImageFile[] {
  const folders = new Set(['lib', loader.split('/')[0]!]);
  return [
    ...[...folders].map(folder => ({ path: folder, linkTo: `usr/${folder}` })),
    textFile('etc/passwd', `root:x:0:0:root:/:/nonexistent\nstunnerd:x:${USER}:${USER}:stunnerd:/:/nonexistent\n`),
    textFile('etc/group', `root:x:0:\nstunnerd:x:${USER}:\n`),
    textFile('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  ];
}

async function nodeFiles(node: NpmPackage): Promise<readonly ImageFile[]> {
  const folder = await npmFolder(node);
  return [
    program(NODE, join(folder, 'bin/node')),
    installedFile('usr/share/doc/node/LICENSE', join(folder, 'LICENSE')),
  ];
}

/** The kernel itself runs a script by its first line: that takes no shell. */
function bundleFile(name: string): ImageFile {
  const script = `#!/${NODE}\n${readFileSync(join(BUNDLES, name), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')}`;
  return { path: `${HOME}/${name}`, data: Buffer.from(script), executable: name === 'stunnerd.cjs' };
}

async function koffiFiles(koffi: NpmPackage, native: NpmPackage, { npm }: Platform): Promise<readonly ImageFile[]> {
  const modules = `${HOME}/node_modules`;
  const [koffiFolder, nativeFolder] = [await npmFolder(koffi), await npmFolder(native)];
  return [
    ...['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs', 'LICENSE.txt'].map(name =>
      installedFile(`${modules}/${koffi.name}/${name}`, join(koffiFolder, name)),
    ),
    ...['package.json', 'index.js', `linux_${npm}/koffi.node`].map(name =>
      installedFile(`${modules}/${native.name}/${name}`, join(nativeFolder, name)),
    ),
  ];
}
