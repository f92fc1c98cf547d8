import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageFile } from './image-file';

/** Writes files as they are in an image. What was in the folder before is gone. */
export function writeRootfs(folder: string, files: readonly ImageFile[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    if ('linkTo' in file) symlinkSync(file.linkTo, path);
    else {
      writeFileSync(path, file.data);
      chmodSync(path, file.executable ? 0o755 : 0o644);
    }
  }
}
