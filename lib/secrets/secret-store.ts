import { label1123 } from '../private/names';

/** The vault that a credential is fetched from: a store of the External Secrets Operator. */
export class SecretStore {
  /**
   * A ClusterSecretStore, for any namespace.
   *
   * @param name name of the store
   */
  public static cluster(name: string): SecretStore {
    return new SecretStore(true, label1123('secret store name', name));
  }

  /**
   * A SecretStore in the namespace of the Secret.
   *
   * @param name name of the store
   */
  public static namespaced(name: string): SecretStore {
    return new SecretStore(false, label1123('secret store name', name));
  }

  private constructor(
    /** Whether it is a ClusterSecretStore. */
    public readonly isCluster: boolean,
    /** Name of the store. */
    public readonly name: string,
  ) {}
}
