import { dirname } from 'node:path';
import type { ImageFile } from './image-file';

const BLOCK = 512;

/**
 * A POSIX ustar archive that depends on nothing but the files: sorted by path, owned by root, of time 0, and nobody may
 * write. Folders come before what they hold.
 */
export function tarOf(files: readonly ImageFile[]): Buffer {
  const byPath = new Map(files.map(file => [file.path, file]));
  if (byPath.size !== files.length)
    throw new Error(`two files of a layer have one path (got ${twice(files)}): one each; leave one out`);
  const folders = new Set(files.flatMap(({ path }) => parents(path)));
  const blocks = [...folders, ...byPath.keys()].sort(byCodeUnit).flatMap(path => {
    const file = byPath.get(path);
    if (file === undefined) return [header(`${path}/`, 0o755, 0, '5')];
    if ('linkTo' in file) return [header(path, 0o777, 0, '2', file.linkTo)];
    const padding = Buffer.alloc(-file.data.length & (BLOCK - 1));
    return [header(path, file.executable ? 0o755 : 0o644, file.data.length, '0'), file.data, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, mode: number, size: number, type: '0' | '2' | '5', linkTo = ''): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = split(path);
  if (Buffer.byteLength(linkTo) > 100)
    throw new Error(`a link's target is too long for ustar (got ${linkTo}): 100 bytes; shorten it`);
  const octal = (value: number, at: number, length: number): number =>
    block.write(value.toString(8).padStart(length - 1, '0'), at);
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(type, 156);
  block.write(linkTo, 157);
  block.write('ustar\0' + '00', 257);
  block.write(prefix, 345);
  // The checksum counts its own field as blanks.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** ustar has 100 bytes for a name and 155 for the folders before it. */
function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  const cut = path.indexOf('/', path.length - 101);
  if (cut > 0 && cut <= 155 && cut < path.length - 1) return [path.slice(0, cut), path.slice(cut + 1)];
  throw new Error(`a path is too long for ustar (got ${path}): 100 bytes for the name; shorten it`);
}

function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [...parents(parent), parent];
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function twice(files: readonly ImageFile[]): string {
  const paths = files.map(({ path }) => path);
  return paths.filter((path, index) => paths.indexOf(path) < index).join(', ');
}
