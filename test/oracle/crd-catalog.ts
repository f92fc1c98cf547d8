import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isObject, type StructuralSchema } from './structural-schema';

/** One served version of a custom kind. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly schema: StructuralSchema;
}

interface Crd {
  readonly kind: string;
  readonly items?: readonly Crd[];
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served?: boolean;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** Groups of which the pinned kinds are all that there is to write. */
const CLOSED: readonly string[] = ['stunner.l7mp.io', 'gateway.networking.k8s.io'];

const CRDS_DIR = join(__dirname, '..', '..', 'imports', 'crds');

/**
 * The custom kinds that are known. The groups of STUNner and Gateway API are closed: what `imports/crds/` does not hold of them,
 * does not exist. Other kinds are looked up in the upstream CRD collection, where there is one.
 */
export class CrdCatalog {
  /** The pinned groups and, if UPSTREAM_CRDS is set, the upstream collection. */
  static load(): CrdCatalog {
    const pinned = yamlOrJsonFiles(CRDS_DIR).flatMap(readKinds);
    return new CrdCatalog(pinned, process.env.UPSTREAM_CRDS);
  }

  /** The kinds of one CRD file only. */
  static fromFile(file: string): CrdCatalog {
    return new CrdCatalog(readKinds(file), undefined);
  }

  private readonly groups: Set<string>;
  private upstream: readonly string[] | undefined;

  private constructor(
    private readonly kinds: CustomKind[],
    private readonly upstreamDir: string | undefined,
  ) {
    this.groups = new Set(kinds.map(kind => kind.group));
  }

  /** All kinds of a group; undefined where nothing is known of the group. */
  group(group: string): CustomKind[] | undefined {
    if (!this.groups.has(group) && this.upstreamDir) this.loadUpstream(group, this.upstreamDir);
    return this.groups.has(group) ? this.kinds.filter(kind => kind.group === group) : undefined;
  }

  /** A kind that is not pinned, of a group that is; `unknown` where there is no upstream collection to look it up. */
  notPinned(group: string, kind: string, version: string): CustomKind | 'unknown' | undefined {
    if (CLOSED.includes(group)) return undefined;
    if (!this.upstreamDir) return 'unknown';
    return this.upstreamKinds(group, this.upstreamDir).findLast(
      known => known.kind === kind && known.version === version,
    );
  }

  /** Parsing the whole collection takes seconds, so only the files that name the group are parsed. */
  private loadUpstream(group: string, upstreamDir: string): void {
    const kinds = this.upstreamKinds(group, upstreamDir);
    if (kinds.length === 0) return;
    this.groups.add(group);
    this.kinds.push(...kinds);
  }

  private upstreamKinds(group: string, upstreamDir: string): CustomKind[] {
    this.upstream ??= yamlOrJsonFiles(upstreamDir);
    const naming = new RegExp(`^ +group: ${group.replaceAll('.', '\\.')}$`, 'm');
    return this.upstream
      .filter(file => naming.test(readFileSync(file, 'utf8')))
      .flatMap(readKinds)
      .filter(kind => kind.group === group);
  }
}

function yamlOrJsonFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(ya?ml|json)$/.test(file))
    .sort()
    .map(file => join(dir, file));
}

function readKinds(file: string): CustomKind[] {
  const text = readFileSync(file, 'utf8');
  const documents = file.endsWith('.json')
    ? [JSON.parse(text) as unknown]
    : parseAllDocuments(text).map(d => d.toJS() as unknown);
  return documents
    .filter(isObject)
    .map(document => document as unknown as Crd)
    .flatMap(document => document.items ?? [document])
    .filter(object => object.kind === 'CustomResourceDefinition')
    .flatMap(({ spec }) =>
      spec.versions
        .filter(version => version.served !== false)
        .map(version => ({
          group: spec.group,
          version: version.name,
          kind: spec.names.kind,
          scope: spec.scope,
          schema: version.schema.openAPIV3Schema,
        })),
    );
}
