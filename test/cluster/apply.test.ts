import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { controlPlaneAssets } from './assets';
import { ControlPlane, type KubernetesObject } from './control-plane';
import { install, keptDefinitions, type Definition } from './definitions';

const ROOT = join(__dirname, '..', '..');
const GOLDEN = join(ROOT, 'test', 'golden');

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: rendered trees on a real API server need ${assets}`);

/** The objects of one rendered region: what one cluster is given. */
function objectsBelow(folder: string): KubernetesObject[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.yaml'));
  return files
    .sort()
    .flatMap(file => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map(document => document.toJS() as KubernetesObject);
}

/** The structure that is kept here, and the one definition that is too large for that. */
function definitions(): Definition[] {
  const upstream = upstreamFile('applicationset-crd.yaml');
  const large = upstream === undefined ? [] : [parse(readFileSync(upstream, 'utf8')) as Definition];
  return [...keptDefinitions(), ...large];
}

function upstreamFile(name: string): string | undefined {
  const { UPSTREAM_CRDS: folder } = process.env;
  if (folder === undefined) return undefined;
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(path => path.endsWith(`/${name}`));
  return file && join(folder, file);
}

function clusters(): string[] {
  return readdirSync(GOLDEN).flatMap(example =>
    readdirSync(join(GOLDEN, example), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => join(example, entry.name)),
  );
}

(typeof assets === 'string' ? describe.skip : describe)('rendered trees on a real API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    plane = await ControlPlane.start(assets);
    await install(plane, definitions());
  }, 600_000);
  afterAll(() => plane.stop());

  test.each(clusters())(
    '%s is taken, and taken again without a change',
    async cluster => {
      const all = objectsBelow(join(GOLDEN, cluster));
      const objects = all.filter(({ kind }) => kind !== 'ApplicationSet' || upstreamFile('applicationset-crd.yaml'));
      if (objects.length < all.length)
        console.warn('SKIPPED: ApplicationSet needs UPSTREAM_CRDS, a folder that has its CRD');
      expect(objects.length).toBeGreaterThan(0);
      const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
      for (const name of namespaces) await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

      const versions = new Map<string, unknown>();
      for (const pass of ['first', 'second']) {
        for (const object of objects) {
          const { status, body } = await plane.apply(object);
          const key = `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
          expect([key, status < 300 ? 'taken' : body.message]).toEqual([key, 'taken']);
          const { resourceVersion } = body.metadata as { resourceVersion: string };
          if (pass === 'second') expect([key, resourceVersion]).toEqual([key, versions.get(key)]);
          versions.set(key, resourceVersion);
        }
      }
      // The next cluster has objects of the same names, some with other values of fields that cannot be changed.
      for (const object of objects) if (object.kind !== 'Namespace') await plane.delete(object);
    },
    120_000,
  );
});
