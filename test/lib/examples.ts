import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const EXAMPLES = path.join(ROOT, 'examples');

/** Path below the output directory, to content. */
export type Tree = Record<string, string>;

/** The examples that render manifests. */
export function exampleNames(): string[] {
  const isApp = (name: string) => {
    const main = path.join(EXAMPLES, name, 'main.ts');
    return fs.existsSync(main) && fs.readFileSync(main, 'utf8').includes('new GitOpsApp(');
  };
  return fs.readdirSync(EXAMPLES).filter(isApp).sort();
}

/** Runs an example as a user would, in a process and a directory of its own. */
export function renderExample(name: string, env: Record<string, string> = {}): Tree {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), `example-${name}-`));
  try {
    const main = path.join(EXAMPLES, name, 'main.ts');
    const options = { cwd: ROOT, env: { ...process.env, ...env, CDK8S_OUTDIR: outdir } };
    execFileSync(process.execPath, ['--import', 'tsx', main], options);
    return readTree(outdir);
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
}

export function readTree(directory: string): Tree {
  if (!fs.existsSync(directory)) return {};
  const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const contents = files
    .filter(file => fs.statSync(path.join(directory, file)).isFile())
    .map(file => [file, fs.readFileSync(path.join(directory, file), 'utf8')] as const);
  return Object.fromEntries(contents);
}

export function writeTree(directory: string, tree: Tree): void {
  fs.rmSync(directory, { recursive: true, force: true });
  for (const [file, content] of Object.entries(tree)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.writeFileSync(path.join(directory, file), content);
  }
}
