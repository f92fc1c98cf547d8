import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ImageFile } from './image-file';
import type { Platform } from './platform';
import { tarOf } from './tar';

const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** OCI content descriptor. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image for one platform, to be written into a layout. */
export interface Image {
  readonly platform: Platform;
  readonly layers: readonly (readonly ImageFile[])[];
  readonly created: Date;
  /** OCI image configuration `config`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An OCI image layout in a folder. What was in the folder before is gone. */
export class OciLayout {
  constructor(private readonly folder: string) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
    this.json('oci-layout', { imageLayoutVersion: '1.0.0' });
  }

  /**
   * Writes one image for several platforms under a tag.
   *
   * @returns the descriptor of its index, by whose digest a registry knows it
   */
  async write(tag: string, images: readonly Image[], annotations: Image['annotations']): Promise<Descriptor> {
    const manifests = await Promise.all(images.map(image => this.image(image)));
    const index = this.blob(TYPES.index, { schemaVersion: 2, mediaType: TYPES.index, manifests, annotations });
    const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': tag } };
    this.json('index.json', { schemaVersion: 2, mediaType: TYPES.index, manifests: [named] });
    return index;
  }

  private async image({ platform, layers, created, config, annotations }: Image): Promise<object> {
    const tars = layers.map(tarOf);
    const descriptors = await Promise.all(tars.map(tar => this.layer(tar)));
    const configuration = this.blob(TYPES.config, {
      created: created.toISOString(),
      ...machine(platform),
      config,
      rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
      history: tars.map(() => ({ created: created.toISOString(), created_by: 'relay/image' })),
    });
    const manifest = this.blob(TYPES.manifest, {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config: configuration,
      layers: descriptors,
      annotations,
    });
    return { ...manifest, platform: machine(platform) };
  }

  private async layer(tar: Buffer): Promise<Descriptor> {
    return this.bytes(TYPES.layer, await promisify(gzip)(tar, { level: 6 }));
  }

  private blob(mediaType: string, value: object): Descriptor {
    return this.bytes(mediaType, Buffer.from(JSON.stringify(value)));
  }

  private bytes(mediaType: string, data: Buffer): Descriptor {
    const digest = digestOf(data);
    writeFileSync(join(this.folder, 'blobs', digest.replace(':', '/')), data);
    return { mediaType, digest, size: data.length };
  }

  private json(name: string, value: object): void {
    writeFileSync(join(this.folder, name), JSON.stringify(value));
  }
}

function machine({ architecture, variant }: Platform): object {
  return { architecture, ...(variant !== undefined && { variant }), os: 'linux' };
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
