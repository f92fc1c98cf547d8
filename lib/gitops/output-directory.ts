import * as fs from 'node:fs';
import * as path from 'node:path';
import { complaint, reject } from '../private/errors';
import { RenderedFile } from './rendered-file';

const INDEX = '.cdk8s-stunner.json';

/**
 * A directory that others may write to as well. The index in it lists the files that are ours; no other file is ever
 * changed or removed.
 */
export class OutputDirectory {
  /** The directory of that kind in which a file lies, if it is in one. */
  public static holding(file: string): string | undefined {
    const folder = path.dirname(file);
    if (fs.existsSync(path.join(folder, INDEX))) return folder;
    return folder === path.dirname(folder) ? undefined : OutputDirectory.holding(folder);
  }

  public constructor(private readonly root: string) {}

  /** Makes the directory hold exactly these files of ours. Nothing is touched if one of them is not ours to write. */
  public write(files: RenderedFile[]): void {
    const owned = this.readIndex();
    const ours = new Set(owned);
    for (const file of files) this.checkWritable(file, ours);

    const paths = files.map(file => file.path).sort();
    const rendered = new Set(paths);
    // First the union: were the run to stop half-way, whatever it left behind would still be known as ours.
    this.writeIndex([...new Set([...owned, ...paths])].sort());
    for (const file of files) this.put(file);
    for (const stale of owned.filter(known => !rendered.has(known))) this.remove(stale);
    this.writeIndex(paths);
  }

  /** What `write` would do, in the order of the paths. */
  public compare(files: RenderedFile[]): string[] {
    const changed = files.flatMap(({ path: file, content }) => {
      const present = this.read(file);
      if (present === content) return [];
      return [[file, present === undefined ? 'A' : 'M'] as const];
    });
    const rendered = new Set(files.map(file => file.path));
    const stale = this.readIndex().filter(file => !rendered.has(file) && this.read(file) !== undefined);
    return [...changed, ...stale.map(file => [file, 'D'] as const)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([file, change]) => `${change} ${file}`);
  }

  private checkWritable({ path: file, content }: RenderedFile, ours: ReadonlySet<string>): void {
    if (ours.has(file)) return;
    const present = this.read(file);
    if (present === undefined || present === content) return;
    const allowed = 'files that an earlier run wrote, or none';
    reject(
      complaint('file belongs to someone else', this.absolute(file), allowed, 'move it, or choose another outdir'),
    );
  }

  private put({ path: file, content }: RenderedFile): void {
    fs.mkdirSync(path.dirname(this.absolute(file)), { recursive: true });
    if (this.read(file) !== content) fs.writeFileSync(this.absolute(file), content);
  }

  private remove(file: string): void {
    fs.rmSync(this.absolute(file), { force: true });
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
      const absolute = this.absolute(folder);
      if (!fs.existsSync(absolute) || fs.readdirSync(absolute).length > 0) return;
      fs.rmdirSync(absolute);
    }
  }

  private readIndex(): string[] {
    const text = this.read(INDEX);
    if (text === undefined) return [];
    const files = parseFiles(text);
    if (files?.every(isInside)) return files;
    const allowed = 'a JSON object with the relative paths of our files';
    return reject(
      complaint('index is damaged', this.absolute(INDEX), allowed, 'restore it, or delete it with our files'),
    );
  }

  private writeIndex(files: string[]): void {
    fs.mkdirSync(this.root, { recursive: true });
    fs.writeFileSync(this.absolute(INDEX), `${JSON.stringify({ files }, undefined, 2)}\n`);
  }

  private read(file: string): string | undefined {
    const absolute = this.absolute(file);
    return fs.existsSync(absolute) ? fs.readFileSync(absolute, 'utf8') : undefined;
  }

  private absolute(file: string): string {
    return path.join(this.root, file);
  }
}

function parseFiles(text: string): string[] | undefined {
  try {
    const { files } = JSON.parse(text) as { files?: unknown };
    return Array.isArray(files) && files.every(file => typeof file === 'string') ? files : undefined;
  } catch {
    return undefined;
  }
}

/** An index from a shared repository must not lead us out of the directory. */
function isInside(file: string): boolean {
  return (
    !path.isAbsolute(file) && path.posix.normalize(file) === file && !file.startsWith('..') && file.endsWith('.yaml')
  );
}
