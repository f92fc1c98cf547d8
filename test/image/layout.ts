import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageConfiguration {
  readonly architecture: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An OCI image layout as a reader of the specification sees it. */
export class Layout {
  constructor(readonly folder: string) {}

  /** The image of a tag: its digest. */
  get named(): Descriptor {
    return (this.json('index.json') as { manifests: [Descriptor] }).manifests[0];
  }

  manifest(architecture: string): Manifest {
    const { manifests } = this.content(this.named) as { manifests: Descriptor[] };
    return this.content(manifests.find(({ platform }) => platform?.architecture === architecture)!) as Manifest;
  }

  configuration(architecture: string): ImageConfiguration {
    return this.content(this.manifest(architecture).config) as ImageConfiguration;
  }

  /** What would be pulled. */
  compressedSize(architecture: string): number {
    const { config, layers } = this.manifest(architecture);
    return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
  }

  /** `tar -tv` of all layers, one line for a file. */
  listing(architecture: string): readonly string[] {
    return this.manifest(architecture).layers.flatMap(layer =>
      execFileSync('tar', ['-tvzf', this.path(layer), '--numeric-owner'])
        .toString()
        .trim()
        .split('\n'),
    );
  }

  /** Puts an image's files together in a folder. */
  extract(architecture: string, folder: string): void {
    mkdirSync(folder);
    for (const layer of this.manifest(architecture).layers)
      execFileSync('tar', ['-xzf', this.path(layer), '-C', folder]);
  }

  /** Every file with the digest of what is in it. */
  digests(): ReadonlyMap<string, string> {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
    return new Map(
      files
        .map(({ parentPath, name }) => join(parentPath, name))
        .sort()
        .map(path => [path.slice(this.folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')]),
    );
  }

  private content(descriptor: Descriptor): unknown {
    return JSON.parse(readFileSync(this.path(descriptor), 'utf8'));
  }

  private json(name: string): unknown {
    return JSON.parse(readFileSync(join(this.folder, name), 'utf8'));
  }

  private path({ digest }: Descriptor): string {
    return join(this.folder, 'blobs', digest.replace(':', '/'));
  }
}
