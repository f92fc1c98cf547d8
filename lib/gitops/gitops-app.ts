import { ApiObject, App } from 'cdk8s';
import { IConstruct } from 'constructs';
import { complaint, reject } from '../private/errors';
import { label1123 } from '../private/names';
import { place, RenderedManifest } from './manifest';
import { OutputDirectory } from './output-directory';
import { RenderedFile } from './rendered-file';

/** Properties of a `GitOpsApp`. */
export interface GitOpsAppProps {
  /**
   * Directory to render to. Files there that no GitOpsApp wrote are left alone; each app needs a directory of its own, for it
   * removes what earlier runs wrote and this one does not.
   *
   * @default - the environment variable CDK8S_OUTDIR, which `cdk8s synth` sets, else `dist`
   */
  readonly outdir?: string;
}

/**
 * An app that renders a tree for Git: one file per object, `<region>/<tenant>/<group>_<kind>_<namespace>_<name>.yaml`,
 * byte for byte the same from run to run. The namespace is empty for cluster-scoped kinds, and the core group is `core`.
 *
 * Objects that no construct has placed go to the path of their chart.
 */
export class GitOpsApp extends App {
  /**
   * Says where the objects below a construct go, unless a nearer one says otherwise. Objects under one first folder belong
   * to one cluster, where none may occur twice.
   *
   * @param scope a chart, or whatever holds charts
   * @param directory folders joined by `/`, each an RFC 1123 label
   */
  public static placeIn(scope: IConstruct, directory: string): void {
    for (const folder of directory.split('/')) label1123('folder name', folder, scope);
    place(scope, directory);
  }

  public constructor(props: GitOpsAppProps = {}) {
    super({ outdir: props.outdir });
  }

  /** Validates every construct once and renders every object, in the order of the paths. Writes nothing. */
  public render(): RenderedFile[] {
    const constructs = this.node.findAll();
    checkValid(constructs);
    const manifests = constructs
      .filter(construct => ApiObject.isApiObject(construct))
      .map(object => new RenderedManifest(object));
    checkUnique(manifests);
    return manifests.map(({ path, content }) => ({ path, content })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Renders to `outdir`, and removes the files of earlier runs that are no longer rendered. */
  public override synth(): void {
    new OutputDirectory(this.outdir).write(this.render());
  }

  /** Renders to one YAML stream, in the order of the paths. */
  public override synthYaml(): string {
    return this.render()
      .map(({ content }) => content)
      .join('---\n');
  }
}

function checkValid(constructs: IConstruct[]): void {
  const complaints = constructs.flatMap(({ node }) => node.validate().map(message => `[${node.path}] ${message}`));
  if (complaints.length > 0)
    throw new Error(`Validation failed with the following errors:\n  ${complaints.join('\n  ')}`);
}

function checkUnique(manifests: RenderedManifest[]): void {
  const seen = new Map<string, RenderedManifest>();
  for (const manifest of manifests) {
    const { identity, source } = manifest;
    const other = seen.get(identity);
    if (other !== undefined) {
      const allowed = `one object per group, kind, namespace and name in a cluster, and ${other.source.node.path} is that`;
      reject(complaint('object is rendered twice', identity, allowed, 'rename or remove one of the two'), source);
    }
    seen.set(identity, manifest);
  }
}
