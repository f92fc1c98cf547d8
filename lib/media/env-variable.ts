import { complaint, reject } from '../private/errors';
import { dnsName } from '../private/names';
import { ISecret } from '../secret';

/** An environment variable of a container. */
export class EnvVariable {
  /**
   * A fixed text, which is no secret.
   *
   * @param name name of the variable
   * @param value its value
   */
  public static of(name: string, value: string): EnvVariable {
    return new EnvVariable(name, { value });
  }

  /**
   * An entry of a Secret in the pod's namespace.
   *
   * @param name name of the variable
   * @param secret the Secret
   * @param key key of the entry
   */
  public static fromSecret(name: string, secret: ISecret, key: string): EnvVariable {
    return new EnvVariable(name, { valueFrom: { secretKeyRef: { name: dnsName('Secret name', secret.name), key } } });
  }

  /**
   * The address of the pod.
   *
   * @param name name of the variable
   */
  public static podIp(name: string): EnvVariable {
    return new EnvVariable(name, { valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } });
  }

  private constructor(
    /** Name of the variable. */
    public readonly name: string,
    private readonly source: object,
  ) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      reject(complaint('variable name is not valid', name, 'letters, digits and "_"', 'write it like "LISTEN_IP"'));
    }
  }

  /**
   * The variable as a container spells it.
   *
   * @internal
   */
  public _toKube(): object {
    return { name: this.name, ...this.source };
  }
}
