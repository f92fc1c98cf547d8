import { Construct } from 'constructs';
import { dnsName } from '../private/names';
import { SecretUse } from '../private/secret-use';
import { ISecret } from '../secret';

/**
 * A Secret that a controller in the cluster fills: the object that asks for it is rendered by whatever construct the Secret is
 * given to, in that one's namespace.
 */
export abstract class ManagedSecret implements ISecret {
  /** Name of the Secret. */
  public readonly name: string;
  /** Always undefined: the Secret lies beside what uses it. */
  public readonly namespace?: string;

  protected constructor(name: string) {
    this.name = dnsName('Secret name', name);
  }

  /**
   * Renders the object that has the Secret made.
   *
   * @internal
   */
  public abstract _render(scope: Construct, id: string, use: SecretUse): void;
}
