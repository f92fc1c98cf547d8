import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { devDependencies } from '../../package.json';
import { readTree } from './examples';

const ROOT = path.join(__dirname, '..', '..');
const GOLDEN = path.join(ROOT, 'test', 'golden', 'default');
const MINUTES = 60_000;

/** What is printed when a command fails, and nothing otherwise. */
function run(command: string, args: string[], env: Record<string, string> = {}): string {
  return execFileSync(command, args, { cwd: ROOT, env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe' });
}

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk8s-stunner-python-'));
const python = path.join(home, 'venv', 'bin', 'python');
afterAll(() => fs.rmSync(home, { recursive: true }));

/** A Python with cdk8s in it; where there is none to be had, the reason. */
function withoutPython(): string | undefined {
  try {
    run('python3', ['-m', 'venv', path.join(home, 'venv')]);
    run(python, ['-m', 'pip', 'install', '--quiet', `cdk8s==${devDependencies.cdk8s}`, 'setuptools~=75.3.2']);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const missing = withoutPython();
const given = missing === undefined ? test : test.skip;
if (missing !== undefined) {
  process.stderr.write(
    `NOT TESTED: Python. It needs python3 (3.10 or newer) with venv and pip, and PyPI: ${missing}\n`,
  );
}

given(
  'a Python program synthesizes the default example to the same bytes',
  () => {
    // `npm run build:lib` has built the library; to pack it must not build it again, under the feet of other tests.
    const env = { JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1', npm_config_ignore_scripts: 'true' };
    const packages = path.join(home, 'packages');
    run('jsii-pacmak', ['--code-only', '--no-npmignore', '--target', 'python', '--outdir', packages, ROOT], env);
    const sources = path.join(packages, 'python');
    run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-build-isolation', sources]);

    const outdir = path.join(home, 'dist');
    run(python, [path.join(ROOT, 'examples', 'python', 'main.py')], { ...env, CDK8S_OUTDIR: outdir });
    expect(readTree(outdir)).toEqual(readTree(GOLDEN));
  },
  3 * MINUTES,
);
