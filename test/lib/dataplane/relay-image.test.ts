import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dataplane, RelayImage } from 'cdk8s-stunner';
import { textFile } from '../../../relay/image/image-file';
import { OciLayout } from '../../../relay/image/oci-layout';
import { PLATFORMS } from '../../../relay/image/platform';
import { gatewayIn, plainChart } from '../support';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

const folder = mkdtempSync(join(tmpdir(), 'relay-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['stunnerd', '1.2.3', 'stunnerd:1.2.3'],
  ['registry.example.com/media/stunnerd', 'v1_2', 'registry.example.com/media/stunnerd:v1_2'],
  ['registry.example.com:5000/a/b-c/d__e', DIGEST, `registry.example.com:5000/a/b-c/d__e@${DIGEST}`],
])('%s in version %s', (repository, version, reference) => {
  expect(RelayImage.fromRegistry(repository, version).reference).toBe(reference);
});

test.each([
  ['stunnerd:1.2.3', '1.2.3', 'image repository is not valid (got "stunnerd:1.2.3")'],
  ['registry.example.com/Media/stunnerd', '1.2.3', 'image repository is not valid'],
  ['https://registry.example.com/stunnerd', '1.2.3', 'image repository is not valid'],
  ['stunnerd', 'latest', 'image version is not valid (got "latest"): a digest, or a tag other than "latest"'],
  ['stunnerd', 'sha256:0123', 'image version is not valid (got "sha256:0123")'],
  ['stunnerd', '', 'image version is not valid (got "")'],
])('%s in version %s is refused', (repository, version, message) => {
  expect(() => RelayImage.fromRegistry(repository, version)).toThrow(message);
});

test('a layout that was built gives the digest by which a registry knows the image, for every platform', async () => {
  const layout = join(folder, 'layout');
  const images = PLATFORMS.map(platform => ({
    platform,
    layers: [[textFile('etc/passwd', platform.architecture)]],
    created: new Date(0),
    config: {},
    annotations: {},
  }));
  const { digest } = await new OciLayout(layout).write('1.2.3', images, {});
  expect(RelayImage.fromLayout(layout).reference).toBe(`cdk8s-stunner/stunnerd@${digest}`);

  const image = RelayImage.fromLayout(layout, 'registry.example.com/stunnerd');
  for (const dataplane of [Dataplane.operator({ image }), Dataplane.standalone({ image })]) {
    const chart = plainChart();
    gatewayIn(chart, { dataplane });
    expect(JSON.stringify(chart.toJson())).toContain(`"image":"registry.example.com/stunnerd@${digest}"`);
  }
});

test.each([
  ['nothing', undefined, 'folder is no OCI image layout'],
  ['no JSON', 'text', 'folder is no OCI image layout'],
  ['another JSON', '{}', 'folder is no OCI image layout'],
  ['no image', '{"manifests":[]}', 'layout has not one image (got 0)'],
  [
    'two images',
    JSON.stringify({ manifests: [{ digest: DIGEST }, { digest: DIGEST }] }),
    'layout has not one image (got 2)',
  ],
  ['an image without a digest', '{"manifests":[{"digest":"1"}]}', 'image digest is not valid (got "1")'],
])('a folder with %s is refused', (name, index, message) => {
  const layout = join(folder, name);
  mkdirSync(layout);
  if (index !== undefined) writeFileSync(join(layout, 'index.json'), index);
  expect(() => RelayImage.fromLayout(layout)).toThrow(message);
});
