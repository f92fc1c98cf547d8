import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { controlPlaneAssets } from './assets';
import { ControlPlane, type KubernetesObject } from './control-plane';

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
  const folder = join(ROOT, 'imports', 'crds');
  const kept = readdirSync(folder)
    .map(file => parse(readFileSync(join(folder, file), 'utf8')) as { items: Definition[] })
    .flatMap(({ items }) => items.map(installable));
  const upstream = upstreamFile('applicationset-crd.yaml');
  return upstream === undefined ? kept : [...kept, parse(readFileSync(upstream, 'utf8')) as Definition];
}

function upstreamFile(name: string): string | undefined {
  const { UPSTREAM_CRDS: folder } = process.env;
  if (folder === undefined) return undefined;
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(path => path.endsWith(`/${name}`));
  return file && join(folder, file);
}

interface Definition extends KubernetesObject {
  readonly spec: { readonly versions: readonly object[] };
}

/** A definition as its project installs it: the structure that is kept here leaves out what is the same for all. */
function installable(crd: Definition): Definition {
  const versions = crd.spec.versions.map((version, i) => ({
    ...withMessages(version),
    served: true,
    storage: i === 0,
  }));
  // Kubernetes keeps the group names of its own projects to definitions that say they were reviewed.
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, a test' };
  const metadata = { ...crd.metadata, annotations };
  return { ...crd, metadata, spec: { ...crd.spec, versions } };
}

/** A rule of several lines has to have a message; ours are without, being prose. */
function withMessages(version: object): object {
  const text = JSON.stringify(version, (key, value: unknown) =>
    key === 'x-kubernetes-validations' ? (value as object[]).map(rule => ({ message: 'refused', ...rule })) : value,
  );
  return JSON.parse(text) as object;
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
    for (const crd of definitions()) {
      const { status, body } = await plane.apply(crd);
      if (status >= 300) throw new Error(`${crd.metadata.name}: ${String(body.message)}`);
    }
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
