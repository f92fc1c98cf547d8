import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { CrdLock, PinnedGroup } from './lock';

/** A structural schema as a CRD carries it; only the keywords that matter here are named. */
export interface CrdSchema {
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly schema: { readonly openAPIV3Schema: CrdSchema };
}

interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly CrdVersion[];
  };
}

/** The bare structure of every pinned group, as the text of `imports/crds/<group>.json`. */
export function crdStructures(lock: CrdLock, upstreamDir: string): Map<string, string> {
  return new Map(Object.entries(lock).map(([group, pin]) => [group, groupStructure(group, pin, upstreamDir)]));
}

function groupStructure(group: string, pin: PinnedGroup, upstreamDir: string): string {
  const crds = Object.entries(pin.files).flatMap(([file, sha256]) =>
    readCrds(join(upstreamDir, pin.folder, file), sha256).filter(
      ({ spec }) => pin.kinds === undefined || (spec.group === group && pin.kinds.includes(spec.names.kind)),
    ),
  );
  for (const crd of crds) {
    if (crd.spec.group !== group) {
      throw new Error(`CRD ${crd.metadata.name} is of another group (got ${crd.spec.group}): ${group}; fix the lock`);
    }
  }
  // A `List` of CRDs is what both `cdk8s import` and `kubectl` read.
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: crds.map(crd => bareCrd(crd, pin.versions)) }, undefined, 1) + '\n';
}

function readCrds(file: string, sha256: string): Crd[] {
  const content = readFileSync(file);
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== sha256) {
    throw new Error(
      `${file} is not the pinned file (got sha256 ${actual}): ${sha256}; review what changed upstream, then update imports/crds.lock.json`,
    );
  }
  return parseAllDocuments(content.toString('utf8'))
    .map(document => document.toJS() as Crd)
    .filter(object => object.kind === 'CustomResourceDefinition');
}

function bareCrd(crd: Crd, pinned: PinnedGroup['versions'] = {}): object {
  const { group, scope, names, versions } = crd.spec;
  const { name, schema } = newestServed(versions, pinned[names.kind]);
  return {
    apiVersion: crd.apiVersion,
    kind: crd.kind,
    metadata: { name: crd.metadata.name },
    spec: {
      group,
      scope,
      names: { kind: names.kind, plural: names.plural, shortNames: names.shortNames },
      versions: [{ name, schema: { openAPIV3Schema: withoutStatus(bareSchema(schema.openAPIV3Schema)) } }],
    },
  };
}

/** The pinned version, else by Kubernetes version priority: stable before beta before alpha, then the higher number. */
function newestServed(versions: readonly CrdVersion[], pinned: string | undefined): CrdVersion {
  const [newest] = versions
    .filter(({ name, served }) => served && (pinned === undefined || name === pinned))
    .sort((a, b) => priority(b.name) - priority(a.name));
  if (newest === undefined) throw new Error(`no version is served (got ${versions.map(v => v.name).join(', ')})`);
  return newest;
}

function priority(version: string): number {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) throw new Error(`CRD version has an unknown form (got ${version}): v1, v1beta1 or v1alpha1`);
  const rank = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return rank * 1e6 + Number(major) * 1e3 + Number(minor ?? 0);
}

const PROSE = new Set(['description', 'title', 'example', 'externalDocs']);

/** The schema without its prose. A property may itself be called `description`: only keywords are dropped. */
export function bareSchema(schema: CrdSchema): CrdSchema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !PROSE.has(keyword))
      .map(([keyword, value]) => [keyword, bareKeyword(keyword, value)]),
  );
}

function bareKeyword(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
      return Object.fromEntries(
        Object.entries(value as Record<string, CrdSchema>).map(([name, schema]) => [name, bareSchema(schema)]),
      );
    case 'items':
    case 'not':
      return bareSchema(value as CrdSchema);
    case 'additionalProperties':
      return typeof value === 'object' ? bareSchema(value as CrdSchema) : value;
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return (value as CrdSchema[]).map(bareSchema);
    case 'x-kubernetes-validations':
      return (value as Record<string, unknown>[]).map(rule =>
        Object.fromEntries(Object.entries(rule).filter(([key]) => key !== 'message')),
      );
    default:
      return value;
  }
}

/** `status` is written by controllers, never by a manifest. */
function withoutStatus(root: CrdSchema): CrdSchema {
  return {
    ...root,
    required: root.required?.filter(name => name !== 'status'),
    properties: Object.fromEntries(Object.entries(root.properties ?? {}).filter(([name]) => name !== 'status')),
  };
}
