import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ConfigListener, ConfigProblem, ConfigSource } from '../../../relay/src/config/config-source';
import { ManifestsSource } from '../../../relay/src/config/manifests-source';
import type { RelayConfig } from '../../../relay/src/config/relay-config';
import { StunnerdFileSource } from '../../../relay/src/config/stunnerd-file-source';
import { base, gateway, staticRef, staticService, texts, udp, udpRoute, type Manifest } from './fixtures';

/** Remembers all that it is told. */
class Recorder implements ConfigListener {
  readonly configs: RelayConfig[] = [];
  readonly told: (readonly ConfigProblem[])[] = [];

  config(config: RelayConfig): void {
    this.configs.push(config);
  }

  problems(problems: readonly ConfigProblem[]): void {
    this.told.push(problems);
  }
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));
const yaml = (...objects: Manifest[]): string => objects.map(object => stringify(object)).join('---\n');
const gatewayText = yaml(...base, gateway('turn/edge', [udp]), udpRoute('acme/sfu', [staticRef]));
const net = (...prefixes: string[]): string => yaml(staticService('acme/net', prefixes));
const prefixesOf = (config?: RelayConfig): (string | undefined)[] | undefined =>
  config?.clusters[0]?.peers.map(({ prefix }) => prefix);

let folder: string;
let source: ConfigSource | undefined;
let listener: Recorder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  listener = new Recorder();
});

afterEach(async () => {
  await source?.close();
  source = undefined;
  await rm(folder, { recursive: true });
});

/** Events alone: the periodic look comes too late to help. */
async function watchManifests(paths = [folder], rescan = 60_000): Promise<void> {
  source = new ManifestsSource({ paths, debounce: 20, rescan });
  await source.start(listener);
}

describe('ManifestsSource', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'gateway.yaml'), gatewayText);
    await writeFile(join(folder, 'deep', 'net.json'), JSON.stringify(staticService('acme/net', ['10.0.0.1'])));
    await writeFile(join(folder, 'README.md'), ': [ not yaml');
  });

  test('delivers the first configuration before it has started', async () => {
    await watchManifests();
    expect(listener.configs.map(prefixesOf)).toEqual([['10.0.0.1']]);
    expect(listener.told).toEqual([]);
  });

  test('follows files that are written, added and removed', async () => {
    await watchManifests();
    await writeFile(join(folder, 'deep', 'net.json'), JSON.stringify(staticService('acme/net', ['10.0.0.2'])));
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.2');
    await mkdir(join(folder, 'new'));
    await writeFile(join(folder, 'new', 'gateway.yml'), yaml(udpRoute('acme/more', [staticRef])));
    await until(() => listener.configs.at(-1)?.clusters.length === 2);
    await unlink(join(folder, 'new', 'gateway.yml'));
    await until(() => listener.configs.at(-1)?.clusters.length === 1);
  });

  test('says nothing where nothing changed', async () => {
    await watchManifests([folder], 20);
    await writeFile(join(folder, 'gateway.yaml'), `# a comment\n${gatewayText}`);
    await pause(300);
    expect(listener.configs).toHaveLength(1);
  });

  test.each<[string, string, string, RegExp]>([
    ['does not parse', 'bad.yaml', 'a: [', /bad\.yaml: not readable as YAML at line 1/],
    ['holds no object', 'bad.yaml', 'a: b', /bad\.yaml: apiVersion: missing/],
    [
      'repeats an object',
      'bad.yaml',
      net('10.0.0.9'),
      /StaticService acme\/net: given more than once .*bad\.yaml.*net\.json/,
    ],
    ['has no name', 'bad.yaml', 'apiVersion: v1\nkind: Secret', /bad\.yaml: Secret: metadata\.name: missing/],
    ['is no UTF-8', 'bad.yaml', '\xff', /bad\.yaml: not UTF-8/],
  ])('a file that %s is told once; mended, the configuration is told anew', async (_, name, content, message) => {
    await watchManifests([folder], 30);
    await writeFile(join(folder, name), content, 'latin1');
    await until(() => listener.told.length > 0);
    await pause(100);
    expect(listener.told).toHaveLength(1);
    expect(texts(listener.told[0]!).join('\n')).toMatch(message);
    expect(listener.configs).toHaveLength(1);
    await unlink(join(folder, name));
    await until(() => listener.configs.length === 2);
    expect(listener.configs[1]).toEqual(listener.configs[0]);
  });

  test('a folder that is not there is told, and is taken up when it comes', async () => {
    const late = join(folder, 'late');
    await watchManifests([folder, late], 30);
    expect(texts(listener.told[0]!)).toEqual([expect.stringContaining(`${late}: cannot be read (got ENOENT)`)]);
    await mkdir(late);
    await until(() => listener.configs.length === 1);
  });

  test('no Gateway to serve is a problem', async () => {
    await unlink(join(folder, 'gateway.yaml'));
    await watchManifests();
    expect(listener.configs).toEqual([]);
    expect(texts(listener.told[0]!)).toEqual([expect.stringContaining('not one Gateway to serve')]);
  });

  test('a single file is followed when another takes its place, of any name', async () => {
    const file = join(folder, 'all.manifest');
    await writeFile(file, `${gatewayText}---\n${net('10.0.0.1')}`);
    await watchManifests([file]);
    for (const prefix of ['10.0.0.2', '10.0.0.3']) {
      await writeFile(`${file}.new`, `${gatewayText}---\n${net(prefix)}`);
      await rename(`${file}.new`, file);
      await until(() => prefixesOf(listener.configs.at(-1))?.[0] === prefix);
    }
    expect(listener.told).toEqual([]);
  });

  test('a folder that another takes the place of is followed in the new one', async () => {
    const [current, next] = [join(folder, 'deep'), join(folder, 'next')];
    await watchManifests([join(folder, 'gateway.yaml'), current]);
    await mkdir(next);
    await writeFile(join(next, 'net.yaml'), net('10.0.0.2'));
    await rename(current, join(folder, 'former'));
    await rename(next, current);
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.2');
    await writeFile(join(current, 'net.yaml'), net('10.0.0.3'));
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.3');
  });

  test('nothing is missed of a folder that is removed and made again, time after time', async () => {
    const deep = join(folder, 'deep');
    await watchManifests([join(folder, 'gateway.yaml'), deep]);
    for (const version of [2, 3, 4, 5, 6, 7, 8, 9]) {
      await rm(deep, { recursive: true });
      if (version % 2 === 0) await pause(50);
      await mkdir(join(deep, 'er', 'still'), { recursive: true });
      await writeFile(join(deep, 'er', 'still', 'net.yaml'), net(`10.0.1.${version}`));
      await until(() => prefixesOf(listener.configs.at(-1))?.[0] === `10.0.1.${version}`);
      await writeFile(join(deep, 'er', 'still', 'net.yaml'), net(`10.0.2.${version}`));
      await until(() => prefixesOf(listener.configs.at(-1))?.[0] === `10.0.2.${version}`);
    }
  });

  test('a link to a folder is followed when it is set to another', async () => {
    const current = join(folder, 'current');
    await symlink(join(folder, 'deep'), current);
    await watchManifests([join(folder, 'gateway.yaml'), current]);
    await mkdir(join(folder, 'next'));
    await writeFile(join(folder, 'next', 'net.yaml'), net('10.0.0.2'));
    await symlink(join(folder, 'next'), join(folder, 'current.new'));
    await rename(join(folder, 'current.new'), current);
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.2');
    await writeFile(join(folder, 'next', 'net.yaml'), net('10.0.0.3'));
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.3');
  });

  test('links that go in circles are walked once', async () => {
    await symlink(folder, join(folder, 'deep', 'circle'));
    await symlink(join(folder, 'gateway.yaml'), join(folder, 'again.yaml'));
    await watchManifests();
    expect(listener.configs).toHaveLength(1);
  });

  test('without watch it looks once', async () => {
    source = new ManifestsSource({ paths: [folder], watch: false, debounce: 1, rescan: 10 });
    await source.start(listener);
    await unlink(join(folder, 'gateway.yaml'));
    await pause(100);
    expect([listener.configs.length, listener.told.length]).toEqual([1, 0]);
  });

  test('after close nothing is told', async () => {
    await watchManifests([folder], 10);
    await source!.close();
    await unlink(join(folder, 'gateway.yaml'));
    await pause(100);
    expect(listener.told).toEqual([]);
  });
});

describe('a mounted ConfigMap', () => {
  /** What the kubelet does: a new folder, and `..data` swapped to it. */
  async function mount(version: string, files: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(join(folder, version));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, version, name), text);
    await symlink(version, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  test('is read through its links once, and followed when ..data is swapped', async () => {
    // An older version that is not cleared away yet is no input.
    await mount('..2026_0', { 'net.yaml': net('10.0.0.9') });
    await mount('..2026_1', { 'gateway.yaml': gatewayText, 'net.yaml': net('10.0.0.1') });
    for (const name of ['gateway.yaml', 'net.yaml']) await symlink(`..data/${name}`, join(folder, name));
    await watchManifests();
    expect(listener.configs.map(prefixesOf)).toEqual([['10.0.0.1']]);
    await mount('..2026_2', { 'gateway.yaml': gatewayText, 'net.yaml': net('10.0.0.2') });
    await rm(join(folder, '..2026_1'), { recursive: true });
    await until(() => prefixesOf(listener.configs.at(-1))?.[0] === '10.0.0.2');
    expect(listener.told).toEqual([]);
  });
});

describe('StunnerdFileSource', () => {
  const config = (realm: string): string =>
    stringify({ version: 'v1', auth: { realm: `${realm}.$ZONE`, credentials: { username: 'u', password: '$p' } } });
  const start = async (path: string, watch?: boolean): Promise<void> => {
    source = new StunnerdFileSource({ path, watch, env: { ZONE: 'example' }, debounce: 20, rescan: 60_000 });
    await source.start(listener);
  };

  test.each(['', 'file://'])('reads and follows %sPATH', async scheme => {
    const file = join(folder, 'stunnerd.conf');
    await writeFile(file, config('a'));
    await start(`${scheme}${file}`);
    expect(listener.configs.map(({ realm }) => realm)).toEqual(['a.example']);
    await writeFile(`${file}.new`, config('b'));
    await rename(`${file}.new`, file);
    await until(() => listener.configs.at(-1)?.realm === 'b.example');
    await writeFile(file, 'version: v9');
    await until(() => listener.told.length > 0);
    expect(texts(listener.told.at(-1)!).join('\n')).toContain(`${file}: version: unknown version`);
  });

  test('a file that is not there is told', async () => {
    await start(join(folder, 'gone.conf'), false);
    expect(texts(listener.told[0]!)).toEqual([expect.stringContaining('gone.conf: cannot be read (got ENOENT)')]);
  });
});
