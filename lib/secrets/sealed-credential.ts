import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { complaint, reject } from '../private/errors';
import { SecretUse } from '../private/secret-use';
import { ManagedSecret } from './managed-secret';

const SEALED_SECRET = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' };
/** An RSA key of 2048 bits makes at least so much base64 of even the shortest text. */
const SHORTEST = 344;

/**
 * A credential that is kept in Git, encrypted for one cluster: rendered as a SealedSecret where it is used. Every region needs
 * one of its own.
 */
export class SealedCredential extends ManagedSecret {
  /**
   * A credential by the name of the Secret that it unseals to.
   *
   * @param name name of SealedSecret and Secret, as it was sealed for
   * @param encryptedData what `kubeseal` made of each entry: `secret`, or `username` and `password` of a static credential;
   * `previousSecret` while a rotation is under way
   */
  public static of(name: string, encryptedData: Readonly<Record<string, string>>): SealedCredential {
    for (const [key, value] of Object.entries(encryptedData)) checkSealed(key, value);
    return new SealedCredential(name, encryptedData);
  }

  private constructor(
    name: string,
    private readonly encryptedData: Readonly<Record<string, string>>,
  ) {
    super(name);
  }

  /**
   * The SealedSecret.
   *
   * @internal
   */
  public override _render(scope: Construct, id: string, { namespace, keys = {} }: SecretUse): void {
    const { name, encryptedData } = this;
    const needed = keys.type === 'static' ? ['username', 'password'] : ['secret'];
    const sealed = apiObject(scope, id, SEALED_SECRET, {
      name,
      namespace,
      spec: () => ({ encryptedData, template: { metadata: { name, namespace }, type: 'Opaque', data: keys } }),
    });
    const missing = needed.filter(key => encryptedData[key] === undefined);
    sealed.node.addValidation({
      validate: () =>
        missing.map(key => complaint('sealed entry is missing', key, needed.join(' and '), 'seal it and add it')),
    });
  }
}

/** The value is not repeated: it may be the very text that should have been sealed. */
function checkSealed(key: string, value: string): void {
  if (value.length >= SHORTEST && /^[A-Za-z0-9+/]+={0,2}$/.test(value)) return;
  reject(complaint('entry is not sealed', key, 'base64 of an encrypted value', 'run kubeseal --raw on it'));
}
