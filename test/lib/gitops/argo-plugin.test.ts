import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import { readTree } from '../examples';

const ROOT = path.join(__dirname, '..', '..', '..');
const EXAMPLE = path.join(ROOT, 'examples', 'argocd');
const GOLDEN = path.join(ROOT, 'test', 'golden', 'argocd');

interface Plugin {
  readonly spec: { readonly generate: { readonly command: string[]; readonly args: string[] } };
}

const { generate } = (parse(fs.readFileSync(path.join(EXAMPLE, 'plugin.yaml'), 'utf8')) as Plugin).spec;

/** Runs the plugin as its sidecar does, in a checkout of the program, with the modules where the image has them. */
function generated(environment: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'argo-plugin-'));
  try {
    const modules = path.join(home, 'image', 'node_modules');
    const checkout = path.join(home, 'checkout');
    fs.mkdirSync(modules, { recursive: true });
    fs.mkdirSync(checkout);
    for (const name of ['.bin', 'cdk8s', 'constructs']) {
      fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
    }
    fs.symlinkSync(ROOT, path.join(modules, 'cdk8s-stunner'));
    fs.copyFileSync(path.join(EXAMPLE, 'main.ts'), path.join(checkout, 'main.ts'));
    const [command = '', ...flags] = generate.command;
    const args = generate.args.map(arg => arg.replace('/app/node_modules', modules));
    const env = { ...process.env, TMPDIR: home, ...environment };
    return spawnSync(command, [...flags, ...args], { cwd: checkout, env, encoding: 'utf8' });
  } finally {
    fs.rmSync(home, { recursive: true });
  }
}

test('the config management plugin prints the objects of one folder, and nothing else', () => {
  const { status, stdout, stderr } = generated({ ARGOCD_ENV_FOLDER: 'eu-west-1/acme' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const files = readTree(path.join(GOLDEN, 'eu-west-1', 'acme'));
  expect(stdout).toBe(
    Object.values(files)
      .map(content => `---\n${content}`)
      .join(''),
  );
});

test.each([
  ['no folder', {}, /set it in spec\.source\.plugin\.env/],
  ['a folder that leaves the tree', { ARGOCD_ENV_FOLDER: '../../etc' }, /FOLDER leaves the tree/],
  ['a folder that is not there', { ARGOCD_ENV_FOLDER: 'eu-west-1/nobody' }, /./],
])('the plugin fails with %s, for an empty answer would prune everything', (_, environment, told) => {
  const { status, stdout, stderr } = generated(environment);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(told);
  expect(stdout).not.toContain('kind:');
});
