import * as path from 'node:path';
import { fieldsOf, manifestObject, titleOf } from '../private/object-set';
import { ManifestValidator, ManifestValidatorOptions } from '../validation/manifest-validator';
import { OutputDirectory } from './output-directory';

/** What `cdk8s synth` hands to a plugin, as far as this one uses it. */
interface ValidationContext {
  /** Paths of the files that were synthesized. */
  readonly manifests: readonly string[];
  parseManifest(file: string): unknown[];
  readonly report: {
    addViolation(violation: Violation): void;
    submit(status: 'success' | 'failure'): void;
  };
}

interface Violation {
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: readonly {
    readonly resourceName: string;
    readonly locations: readonly string[];
    readonly manifestPath: string;
  }[];
}

/**
 * `ManifestValidator` as a plugin of `cdk8s synth`, which is told the name of this class in `cdk8s.yaml`; no other code has a use for
 * it. All files are of one cluster, except in the tree of a `GitOpsApp`, where each of the first folders is one.
 *
 * @internal
 */
export class ManifestValidation {
  /** Made by the CLI with the `properties` of `cdk8s.yaml`. */
  public constructor(private readonly options: ManifestValidatorOptions = {}) {}

  /** Judges the manifests, and has the synthesis fail if there is anything to find. */
  public validate(context: ValidationContext): Promise<void> {
    const clusters = new Map<string, Document[]>();
    for (const file of context.manifests) {
      const cluster = clusterOf(path.resolve(file));
      const documents = clusters.get(cluster) ?? [];
      clusters.set(cluster, documents);
      for (const object of context.parseManifest(file).filter(isObject)) documents.push({ file, object });
    }
    const violations = [...clusters.values()].flatMap(documents => violationsOf(documents, this.options));
    for (const violation of violations) context.report.addViolation(violation);
    context.report.submit(violations.length === 0 ? 'success' : 'failure');
    return Promise.resolve();
  }
}

interface Document {
  readonly file: string;
  readonly object: Record<string, unknown>;
}

function violationsOf(documents: readonly Document[], options: ManifestValidatorOptions): Violation[] {
  const byTitle = new Map(documents.map(document => [titleOf(manifestObject(document.object)), document]));
  const objects = documents.map(({ object }) => object);
  return ManifestValidator.check(objects, options).map(({ rule, object, message }) => {
    const { file, object: found } = byTitle.get(object)!;
    const [recommendation, fix] = parted(message);
    const violator = { resourceName: manifestObject(found).name ?? '', locations: [object], manifestPath: file };
    return { ruleName: rule, recommendation, fix, violatingResources: [violator] };
  });
}

/** A complaint ends with the likely fix. */
function parted(message: string): [complaint: string, fix: string] {
  const end = message.lastIndexOf('; ');
  return [message.slice(0, end), message.slice(end + 2)];
}

function clusterOf(file: string): string {
  const root = OutputDirectory.holding(file);
  return root === undefined ? '' : path.relative(root, file).split(path.sep)[0]!;
}

function isObject(document: unknown): document is Record<string, unknown> {
  return fieldsOf(document) !== undefined;
}
