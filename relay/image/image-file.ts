import { readFileSync } from 'node:fs';

/** A file or symbolic link of a layer. Paths have no leading slash. */
export type ImageFile =
  | { readonly path: string; readonly data: Buffer; readonly executable?: boolean }
  | { readonly path: string; readonly linkTo: string };

export function textFile(path: string, text: string): ImageFile {
  return { path, data: Buffer.from(text) };
}

/** A copy of a file of this machine. */
export function installedFile(path: string, source: string): ImageFile {
  return { path, data: readFileSync(source) };
}

export function program(path: string, source: string): ImageFile {
  return { path, data: readFileSync(source), executable: true };
}
