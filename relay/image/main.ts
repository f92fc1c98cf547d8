/** Builds the relay's image without an engine and without a base image: `npm run image -- --help`. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { description, license, version } from '../package.json';
import { layersOf, USER, type Layers } from './layers';
import { OciLayout, type Image } from './oci-layout';
import { PLATFORMS, type Platform } from './platform';
import { writeRootfs } from './rootfs';

const HELP = `Builds the relay's image as an OCI layout, from the bundle, the pinned Node and Debian's runtime libraries.

  --output FOLDER   where to; default relay/dist/image; the bills of materials go beside it
  --platform ARCH   amd64 or arm64; may be repeated; default both
  --rootfs FOLDER   only write the files of the image, to FOLDER/ARCH, as relay/image/Containerfile wants them

SOURCE_DATE_EPOCH is the time that the image bears, in seconds; default 0.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      output: { type: 'string', default: 'relay/dist/image' },
      platform: { type: 'string', multiple: true, default: PLATFORMS.map(({ architecture }) => architecture) },
      rootfs: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const created = new Date(1000 * Number(process.env.SOURCE_DATE_EPOCH ?? 0));
  const built = await Promise.all(
    values.platform.map(platformOf).map(async platform => ({
      platform,
      layers: await layersOf(platform, version, created),
    })),
  );
  for (const { platform, layers } of built) {
    if (values.rootfs !== undefined) writeRootfs(join(values.rootfs, platform.architecture), filesOf(layers));
    else writeFileSync(join(dirname(values.output), `stunnerd-${platform.architecture}.spdx.json`), layers.sbom);
  }
  if (values.rootfs !== undefined) return;
  const images = built.map(({ platform, layers }) => imageOf(platform, layers, created));
  const index = await new OciLayout(values.output).write(version, images, annotationsOf(created));
  console.log(`${values.output}:${version} ${index.digest}`);
}

function platformOf(text: string): Platform {
  const platform = PLATFORMS.find(({ architecture }) => architecture === text);
  if (platform === undefined) throw new Error(`platform is not known (got ${text}): amd64 or arm64; correct it`);
  return platform;
}

function filesOf({ system, node, relay }: Layers) {
  return [...system, ...node, ...relay];
}

function imageOf(platform: Platform, { system, node, relay }: Layers, created: Date): Image {
  return {
    platform,
    layers: [system, node, relay],
    created,
    config: {
      User: `${USER}:${USER}`,
      // The relay's threads allocate little from C: a heap for each of them would only cost memory.
      Env: ['PATH=/usr/local/bin', 'MALLOC_ARENA_MAX=1'],
      Entrypoint: ['stunnerd'],
      WorkingDir: '/',
      StopSignal: 'SIGTERM',
      Labels: annotationsOf(created),
    },
    annotations: annotationsOf(created),
  };
}

/** OCI's predefined annotation keys. */
function annotationsOf(created: Date): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.created': created.toISOString(),
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.title': 'stunnerd',
    'org.opencontainers.image.vendor': 'cdk8s-stunner',
    'org.opencontainers.image.version': version,
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
