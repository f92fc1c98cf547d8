import { ObjectSet } from '../private/object-set';
import { credentialFindings } from '../private/rules/credentials';
import { identityFindings } from '../private/rules/identity';
import { misreadFindings } from '../private/rules/misread';
import { referenceFindings } from '../private/rules/references';
import { schemaFindings } from '../private/rules/schema';
import { servingFindings } from '../private/rules/serving';
import { Finding } from './finding';

/** What is known beyond the manifests. */
export interface ManifestValidatorOptions {
  /**
   * Objects that are in the cluster by other means, as findings call them: `<group>/<kind> <name>`, or
   * `<group>/<kind> <namespace>/<name>`, such as `gateway.networking.k8s.io/GatewayClass stunner-gatewayclass`. A reference to one of
   * them is no finding.
   *
   * @default - none
   */
  readonly external?: string[];
}

/**
 * Judges manifests as they are, wherever they come from: rendered here and patched, or written by hand. What the constructs refuse at
 * once is refused here once more, and so is what only shows between objects.
 */
export class ManifestValidator {
  /**
   * Finds what is wrong with the objects of one cluster.
   *
   * - `identity`: names, namespaces, labels and annotations that the API server refuses, and objects that occur twice
   * - `schema`: fields that the kinds of STUNner and Gateway API do not have, lack, or have otherwise
   * - `reference`: parents, classes, listeners and static backends that are not there, or do not admit the route
   * - `serving`: Gateways and routes that the API server takes and the operator does not serve
   * - `credential`: Secrets and credentials that would lie in Git
   *
   * A Service or Secret may be made by others, so one that is only referred to is no finding.
   *
   * @param manifests the objects, as parsed YAML
   * @param options what is in the cluster beside them
   * @returns what is wrong, in the order of the objects; empty if nothing is
   */
  public static check(manifests: Record<string, unknown>[], options: ManifestValidatorOptions = {}): Finding[] {
    // An empty document of YAML is null.
    const documents = (manifests as unknown[]).filter(document => document !== null && document !== undefined);
    const objects = new ObjectSet(documents as Record<string, unknown>[], options.external);
    return [
      ...identityFindings(objects),
      ...schemaFindings(objects),
      ...referenceFindings(objects),
      ...servingFindings(objects),
      ...misreadFindings(objects),
      ...credentialFindings(objects),
    ];
  }
}
