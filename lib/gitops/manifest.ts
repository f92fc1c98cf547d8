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
  public readonly object: Record<string, unknown>;

  public constructor(public readonly source: ApiObject) {
    this.object = source.toJson() as Record<string, unknown>;
    const manifest = this.object as unknown as Manifest;
    const { kind, metadata } = manifest;
    const group = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/')[0]! : 'core';
    const names = [group, kind, metadata.namespace ?? '', metadata.name];
    this.path = `${directoryOf(source)}/${names.map(encodeURIComponent).join('_')}.yaml`;
    this.identity = [clusterOf(source), ...names].join('/');
  }

  /** The object as YAML, printed anew at each reading: to judge an object needs no text. */
  public get content(): string {
    return Yaml.stringify(topKeysFirst(sorted(this.object) as Manifest));
  }
}

/** The first folder of an object's place: objects under it belong to one cluster. */
export function clusterOf(source: ApiObject): string {
  return directoryOf(source).split('/')[0]!;
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
