import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { ControlPlane, KubernetesObject } from './control-plane';
import { statusSchema } from './status-schema';

const KEPT = join(__dirname, '..', '..', 'imports', 'crds');

export interface Definition extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly object[];
  };
}

interface Version {
  readonly schema: { readonly openAPIV3Schema: { readonly properties: object } };
}

/** The structure that is kept here, as its projects install it. */
export function keptDefinitions(): Definition[] {
  return readdirSync(KEPT)
    .map(file => parse(readFileSync(join(KEPT, file), 'utf8')) as { items: Definition[] })
    .flatMap(({ items }) => items.map(installable));
}

export async function install(plane: ControlPlane, definitions: readonly Definition[]): Promise<void> {
  for (const crd of definitions) {
    const { status, body } = await plane.apply(crd);
    if (status >= 300) throw new Error(`${crd.metadata.name}: ${String(body.message)}`);
  }
  for (const { spec } of definitions) {
    const versions = spec.versions as readonly { readonly name: string; readonly served: boolean }[];
    for (const { name } of versions.filter(version => version.served))
      await served(plane, `/apis/${spec.group}/${name}/${spec.names.plural}`);
  }
}

/** A kind that is new is not there at once. */
async function served(plane: ControlPlane, path: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if ((await plane.call('GET', path)).status === 200) return;
    await sleep(100);
  }
  throw new Error(`the API server does not serve ${path}`);
}

/** The structure that is kept here leaves out what is the same for all. */
export function installable(crd: Definition): Definition {
  const versions = crd.spec.versions.map((version, i) => ({
    ...withStatus(withMessages(version) as Version, crd.spec.names.kind),
    served: true,
    storage: i === 0,
  }));
  // Kubernetes keeps the group names of its own projects to definitions that say they were reviewed.
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, a test' };
  const metadata = { ...crd.metadata, annotations };
  return { ...crd, metadata, spec: { ...crd.spec, versions } };
}

function withStatus(version: Version, kind: string): object {
  const status = statusSchema(kind);
  if (status === undefined) return version;
  const { openAPIV3Schema: schema } = version.schema;
  const properties = { ...schema.properties, status };
  return { ...version, subresources: { status: {} }, schema: { openAPIV3Schema: { ...schema, properties } } };
}

/** A rule of several lines has to have a message; ours are without, being prose. */
function withMessages(version: object): object {
  const text = JSON.stringify(version, (key, value: unknown) =>
    key === 'x-kubernetes-validations' ? (value as object[]).map(rule => ({ message: 'refused', ...rule })) : value,
  );
  return JSON.parse(text) as object;
}
