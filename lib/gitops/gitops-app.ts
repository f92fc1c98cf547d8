import { ApiObject, App } from 'cdk8s';
import { IConstruct } from 'constructs';
import { complaint, reject } from '../private/errors';
import { kustomizations } from '../private/kustomization';
import { label1123 } from '../private/names';
import { Finding } from '../validation/finding';
import { ManifestValidator } from '../validation/manifest-validator';
import { Warnings } from '../warnings';
import { clusterOf, place, RenderedManifest } from './manifest';
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

  /**
   * Whether every folder gets a `kustomization.yaml` that lists its files, for those who lay overlays on it.
   *
   * @default false
   */
  readonly kustomizations?: boolean;

  /**
   * Whether the rendered objects are judged as `findings()` does, and nothing is rendered if there is anything to find.
   *
   * @default false
   */
  readonly validate?: boolean;

  /**
   * Objects that are in the clusters by other means, as findings call them: `<group>/<kind> <namespace>/<name>`, without a namespace
   * if the kind is cluster-scoped. A reference to one of them is no finding.
   *
   * @default - none
   */
  readonly external?: string[];
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

  private readonly withKustomizations: boolean;
  private readonly refusesFindings: boolean;
  private readonly external?: string[];

  public constructor(props: GitOpsAppProps = {}) {
    super({ outdir: props.outdir });
    this.withKustomizations = props.kustomizations ?? false;
    this.refusesFindings = props.validate ?? false;
    this.external = props.external;
  }

  /** Validates every construct once and renders every object, in the order of the paths. Writes nothing. */
  public render(): RenderedFile[] {
    const findings: Finding[] = [];
    const files = this.clusters().flatMap(objects => {
      const manifests = manifestsOf(objects);
      if (this.refusesFindings) findings.push(...this.judged(manifests));
      return manifests.map(({ path, content }) => ({ path, content }));
    });
    checkSound(findings);
    return files;
  }

  /**
   * What is wrong with the rendered objects, cluster by cluster: `ManifestValidator` on what patches and hand-written objects made of
   * it. Here nothing is refused; the prop `validate` has that done.
   */
  public findings(): Finding[] {
    return this.clusters().flatMap(objects => this.judged(manifestsOf(objects)));
  }

  /**
   * Renders to `outdir`, removes the files of earlier runs that are no longer rendered, and prints the warnings that nobody has
   * acknowledged.
   *
   * With the environment variable CDK8S_DIFF set to `true` nothing is written: the files that would change are printed, and the
   * process ends with exit code 2 if there are any.
   */
  public override synth(): void {
    if (process.env.CDK8S_DIFF === 'true') {
      this.printDiff();
      return;
    }
    new OutputDirectory(this.outdir).write(this.files());
    for (const { rule, path, message } of Warnings.of(this).list())
      console.warn(`warning: [${path}] ${message} (${rule})`);
  }

  /** What `synth()` would do to the files in `outdir`: `A`, `M` or `D` for added, modified or deleted, and the path. */
  public diff(): string[] {
    return new OutputDirectory(this.outdir).compare(this.files());
  }

  /** Renders to one YAML stream, in the order of the paths. */
  public override synthYaml(): string {
    return this.render()
      .map(({ content }) => content)
      .join('---\n');
  }

  /** The objects of each cluster. Clusters are rendered one after the other, so that a large tree is never held as a whole. */
  private clusters(): ApiObject[][] {
    const constructs = this.node.findAll();
    checkValid(constructs);
    const byFolder = new Map<string, ApiObject[]>();
    for (const object of constructs.filter(construct => ApiObject.isApiObject(construct))) {
      const folder = `${clusterOf(object)}/`;
      const others = byFolder.get(folder);
      if (others === undefined) byFolder.set(folder, [object]);
      else others.push(object);
    }
    return [...byFolder].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, objects]) => objects);
  }

  private judged(manifests: RenderedManifest[]): Finding[] {
    const objects = manifests.map(({ object }) => object);
    return ManifestValidator.check(objects, { external: this.external });
  }

  private files(): RenderedFile[] {
    const files = this.render();
    return this.withKustomizations ? [...files, ...kustomizations(files)] : files;
  }

  private printDiff(): void {
    const changes = this.diff();
    for (const change of changes) console.log(change);
    if (changes.length > 0) process.exitCode = 2;
  }
}

/** The objects of one cluster, in the order of their paths. */
function manifestsOf(objects: ApiObject[]): RenderedManifest[] {
  const manifests = objects.map(object => new RenderedManifest(object));
  checkUnique(manifests);
  return manifests.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function checkSound(findings: Finding[]): void {
  if (findings.length === 0) return;
  const told = findings.map(({ rule, object, message }) => `${object}: ${message} [${rule}]`);
  throw new Error(`The rendered objects are not sound, and none is written:\n  ${told.join('\n  ')}`);
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
