import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const CONTAINERFILE = readFileSync(join(ROOT, 'relay/image/Containerfile'), 'utf8');

test('what the Containerfile copies is all that its commands need', () => {
  const folder = mkdtempSync(join(tmpdir(), 'containerfile-'));
  try {
    for (const [, words] of CONTAINERFILE.matchAll(/^COPY (?!--)(.+)$/gm)) copy(words!.split(' '), folder);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

    const [, build, image] = /^RUN (npm run build) && npx (tsx \S+)/m.exec(CONTAINERFILE)!;
    const bin = join(folder, 'node_modules/.bin');
    const run = (command: string): string =>
      execFileSync('sh', ['-c', command], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      });

    run(build!);
    expect(statSync(join(folder, 'relay/dist/stunnerd.cjs')).size).toBeGreaterThan(100_000);
    expect(run(`${image} --help`)).toContain('--rootfs FOLDER');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** As COPY does it: files into a folder, of a folder what is in it. */
function copy(words: readonly string[], folder: string): void {
  const to = join(folder, words.at(-1)!);
  for (const word of words.slice(0, -1)) {
    const from = join(ROOT, word);
    cpSync(from, statSync(from).isDirectory() ? to : join(to, basename(from)), { recursive: true });
  }
}
