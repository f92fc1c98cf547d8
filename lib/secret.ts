/**
 * A reference to a Secret that exists in the cluster or is rendered elsewhere; its content never passes through here.
 *
 * A `Secret` of cdk8s-plus fits as it is.
 */
export interface ISecret {
  /** Name of the Secret (`metadata.name`). */
  readonly name: string;

  /**
   * Namespace of the Secret.
   *
   * @default - the namespace of the object that refers to it
   */
  readonly namespace?: string;
}
