import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as relay from '../relay/package.json';
import * as library from '../package.json';

const ROOT = path.join(__dirname, '..');
const ALLOWED =
  /^(build\/(lib|imports)\/.+\.(js|d\.ts)|build\/imports\/crds\/[a-z0-9.]+\.json|\.jsii|package\.json|README\.md|LICENSE|NOTICE)$/;

/** What `npm publish` would send. The build is left to `npm run build:lib`, which runs first. */
function packedFiles(): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [pack] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as [
    { files: { path: string }[] },
  ];
  return pack.files.map(file => file.path).sort();
}

test('the package holds the library, and neither relay nor tests nor examples', () => {
  const files = packedFiles();
  expect(files).toEqual(
    expect.arrayContaining(['.jsii', 'build/lib/index.js', 'build/lib/index.d.ts', 'package.json']),
  );
  expect(files.filter(file => !ALLOWED.test(file))).toEqual([]);
});

test('every file of the library is in the package, and no file that has gone', () => {
  const sources = (folder: string) =>
    fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const expected = ['lib', 'imports'].flatMap(folder => sources(folder).map(file => `build/${folder}/${file}`)).sort();
  const declarations = packedFiles().filter(file => file.endsWith('.d.ts'));
  expect(declarations.map(file => file.replace(/\.d\.ts$/, '.ts'))).toEqual(expected);
});

test('installing the library brings no dependency of the relay', () => {
  const { dependencies = {}, peerDependencies } = library as { dependencies?: object; peerDependencies: object };
  expect(Object.keys(dependencies)).toEqual([]);
  expect(Object.keys(peerDependencies)).toEqual(['cdk8s', 'constructs']);
  expect(Object.keys(relay.dependencies).length).toBeGreaterThan(0);
});
