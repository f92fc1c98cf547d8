import { dnsName, label1123 } from '../private/names';
import { ISecret } from '../secret';

/**
 * A Secret that is in the cluster by other means, by name. TypeScript may write `{ name: 'stunner-auth' }` instead; the other
 * languages know no object literals.
 */
export class ExistingSecret implements ISecret {
  /**
   * A Secret by name.
   *
   * @param name name of the Secret
   * @param namespace its namespace, if it is not that of the object that refers to it
   */
  public static of(name: string, namespace?: string): ExistingSecret {
    return new ExistingSecret(
      dnsName('Secret name', name),
      namespace === undefined ? undefined : label1123('Secret namespace', namespace),
    );
  }

  private constructor(
    /** Name of the Secret. */
    public readonly name: string,
    /** Namespace of the Secret; undefined is that of the object that refers to it. */
    public readonly namespace?: string,
  ) {}
}
