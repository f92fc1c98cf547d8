import * as fs from 'node:fs';
import * as path from 'node:path';
import { apiReference } from './docs/api-reference';
import { Assembly } from './docs/assembly';

const ROOT = path.join(__dirname, '..');
const REFERENCE = path.join(ROOT, 'docs', 'api.md');

/** `npm run docs` writes docs/api.md from the built library; with `--check` it only compares. */
function main(): void {
  const assembly = JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')) as Assembly;
  const written = apiReference(assembly);
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(REFERENCE, written);
    return;
  }
  if (fs.existsSync(REFERENCE) && fs.readFileSync(REFERENCE, 'utf8') === written) return;
  console.error('docs/api.md is not current: run "npm run docs" and commit what it wrote');
  process.exitCode = 1;
}

main();
