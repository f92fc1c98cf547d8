import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { textFile, type ImageFile } from '../../relay/image/image-file';
import { writeRootfs } from '../../relay/image/rootfs';
import { tarOf } from '../../relay/image/tar';

// What a layer holds must depend on its files alone, or no two builds are alike.

const FILES: readonly ImageFile[] = [
  textFile('etc/passwd', 'nobody\n'),
  { path: 'usr/local/bin/tool', data: Buffer.alloc(1025, 'x'), executable: true },
  { path: 'lib', linkTo: 'usr/lib' },
  textFile(`opt/${'long/'.repeat(20)}${'name'.repeat(10)}`, ''),
];

function listed(tar: Buffer): string {
  return execFileSync('tar', ['-tv', '--numeric-owner', '--full-time', '--utc', '-f', '-'], { input: tar }).toString();
}

test('tar lists what is in a layer: owned by root, of time 0, writable for nobody else, folders first', () => {
  expect(
    listed(tarOf(FILES.slice(0, 3)))
      .replaceAll(/ +/g, ' ')
      .trim()
      .split('\n'),
  ).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 etc/',
    '-rw-r--r-- 0/0 7 1970-01-01 00:00:00 etc/passwd',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 lib -> usr/lib',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 usr/',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 usr/local/',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 usr/local/bin/',
    '-rwxr-xr-x 0/0 1025 1970-01-01 00:00:00 usr/local/bin/tool',
  ]);
});

/** What is in a folder, with modes and targets of links, as `ls` shows it; and the content of files. */
function listing(folder: string): string {
  const command = 'ls -lR --time-style=+ | grep -v ^total; find . -type f | sort | xargs cat';
  return execFileSync('sh', ['-c', command], { cwd: folder }).toString();
}

test('the files of an image in a folder are what tar extracts of its layer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  execFileSync('tar', ['-x', '-C', folder, '-f', '-'], { input: tarOf(FILES) });
  const extracted = listing(folder);
  writeRootfs(folder, FILES);
  expect(listing(folder)).toEqual(extracted);
  rmSync(folder, { recursive: true });
});

test('the order in which files come makes no difference', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...FILES], { minLength: FILES.length }), files => {
      expect(tarOf(files).equals(tarOf(FILES))).toBe(true);
    }),
  );
});

test.each<[what: string, files: readonly ImageFile[], message: string]>([
  ['two files of one path', [textFile('a', '1'), textFile('a', '2')], 'two files of a layer have one path (got a)'],
  ['a name that ustar cannot hold', [textFile('n'.repeat(101), '')], 'a path is too long for ustar'],
  ['folders that ustar cannot hold', [textFile(`${'f'.repeat(156)}/n`, '')], 'a path is too long for ustar'],
  [
    'a target that ustar cannot hold',
    [{ path: 'a', linkTo: 't'.repeat(101) }],
    "a link's target is too long for ustar",
  ],
])('%s is refused', (_, files, message) => {
  expect(() => tarOf(files)).toThrow(message);
});
