import { ApiObject, Yaml } from 'cdk8s';
import { IConstruct } from 'constructs';

const DIRECTORY = 'cdk8s-stunner/directory';
/** What the API server calls an object by; the rest of it is of no concern here. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Says where the objects below a construct go, unless a nearer one says otherwise. */
export function place(scope: IConstruct, directory: string): void {
  scope.node.addMetadata(DIRECTORY, directory);
}

/** A rendered object: its place, its identity within a cluster, and its text. */
export class RenderedManifest {
  public readonly path: string;
  /** Group, kind, namespace and name, led by the first folder, which stands for the cluster. */
  public readonly identity: string;
  public readonly content: string;
  /** The first folder, which stands for the cluster. */
  public readonly cluster: string;
  public readonly object: Record<string, unknown>;

  public constructor(public readonly source: ApiObject) {
    this.object = source.toJson() as Record<string, unknown>;
    const manifest = this.object as unknown as Manifest;
    const { kind, metadata } = manifest;
    const group = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/')[0]! : 'core';
    const names = [group, kind, metadata.namespace ?? '', metadata.name];
    const directory = directoryOf(source);
    this.path = `${directory}/${names.map(encodeURIComponent).join('_')}.yaml`;
    this.cluster = directory.split('/')[0]!;
    this.identity = [this.cluster, ...names].join('/');
    this.content = Yaml.stringify(topKeysFirst(sorted(manifest) as Manifest));
  }
}

function directoryOf(source: ApiObject): string {
  for (const scope of [...source.node.scopes].reverse()) {
    const placed = scope.node.metadata.findLast(({ type }) => type === DIRECTORY);
    if (placed !== undefined) return placed.data as string;
  }
  return source.chart.node.path;
}

function topKeysFirst({ apiVersion, kind, metadata, ...rest }: Manifest): Manifest {
  return { apiVersion, kind, metadata, ...rest };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
