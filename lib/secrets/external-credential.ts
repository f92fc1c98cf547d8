import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import {
  ExternalSecret,
  ExternalSecretSpecData,
  ExternalSecretSpecDataRemoteRefConversionStrategy,
  ExternalSecretSpecDataRemoteRefDecodingStrategy,
  ExternalSecretSpecDataRemoteRefMetadataPolicy,
  ExternalSecretSpecSecretStoreRefKind,
  ExternalSecretSpecTargetCreationPolicy,
  ExternalSecretSpecTargetDeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion,
  ExternalSecretSpecTargetTemplateMergePolicy,
  toJson_ExternalSecretSpec,
} from '../../imports/external-secrets.io';
import { apiObject } from '../private/api-object';
import { SecretUse } from '../private/secret-use';
import { ManagedSecret } from './managed-secret';
import { SecretStore } from './secret-store';

const { CLUSTER_SECRET_STORE: CLUSTER, SECRET_STORE: NAMESPACED } = ExternalSecretSpecSecretStoreRefKind;

/** Where a credential is kept. */
export interface ExternalCredentialOptions {
  /** The store to fetch from. */
  readonly store: SecretStore;

  /** Key of the credential in the store, such as a path. */
  readonly remoteKey: string;

  /**
   * Property of the shared secret, or of the password of a static credential.
   *
   * @default - `secret`, or `password` of a static credential
   */
  readonly property?: string;

  /**
   * Property of the username of a static credential.
   *
   * @default "username"
   */
  readonly usernameProperty?: string;

  /**
   * Property of the secret before the last rotation, empty if there was none. Both are accepted, so that a rotation ends no
   * call. Only the relay of this project knows it.
   *
   * @default - none: a rotation invalidates every credential that was handed out
   */
  readonly previousProperty?: string;

  /**
   * How often the store is asked (ExternalSecret `spec.refreshInterval`): a rotation is in force that much later.
   *
   * @default Duration.hours(1)
   */
  readonly refreshInterval?: Duration;
}

/** A credential that the External Secrets Operator fetches: rendered as an ExternalSecret where it is used. */
export class ExternalCredential extends ManagedSecret {
  /**
   * A credential by the name of the Secret that is made of it.
   *
   * @param name name of ExternalSecret and Secret
   * @param options where it is kept
   */
  public static of(name: string, options: ExternalCredentialOptions): ExternalCredential {
    return new ExternalCredential(name, options);
  }

  private constructor(
    name: string,
    private readonly options: ExternalCredentialOptions,
  ) {
    super(name);
  }

  /**
   * The ExternalSecret.
   *
   * @internal
   */
  public override _render(scope: Construct, id: string, { namespace, keys = {} }: SecretUse): void {
    const { store, refreshInterval = Duration.hours(1) } = this.options;
    apiObject(scope, id, ExternalSecret.GVK, {
      name: this.name,
      namespace,
      spec: () =>
        toJson_ExternalSecretSpec({
          refreshInterval: `${refreshInterval.toSeconds()}s`,
          secretStoreRef: { kind: store.isCluster ? CLUSTER : NAMESPACED, name: store.name },
          target: {
            name: this.name,
            creationPolicy: ExternalSecretSpecTargetCreationPolicy.OWNER,
            // A Secret that goes takes the public address of the Gateway with it.
            deletionPolicy: ExternalSecretSpecTargetDeletionPolicy.RETAIN,
            template: {
              engineVersion: ExternalSecretSpecTargetTemplateEngineVersion.V2,
              mergePolicy: ExternalSecretSpecTargetTemplateMergePolicy.MERGE,
              data: keys,
            },
          },
          data: this.properties(keys.type === 'static').map(([key, property]) => this.fetched(key, property)),
        }),
    });
  }

  private properties(isStatic: boolean): (readonly [key: string, property: string])[] {
    const { property, usernameProperty = 'username', previousProperty } = this.options;
    return [
      ...(isStatic
        ? ([
            ['username', usernameProperty],
            ['password', property ?? 'password'],
          ] as const)
        : ([['secret', property ?? 'secret']] as const)),
      ...(previousProperty === undefined ? [] : ([['previousSecret', previousProperty]] as const)),
    ];
  }

  private fetched(secretKey: string, property: string): ExternalSecretSpecData {
    return {
      secretKey,
      remoteRef: {
        key: this.options.remoteKey,
        property,
        conversionStrategy: ExternalSecretSpecDataRemoteRefConversionStrategy.DEFAULT,
        decodingStrategy: ExternalSecretSpecDataRemoteRefDecodingStrategy.NONE,
        metadataPolicy: ExternalSecretSpecDataRemoteRefMetadataPolicy.NONE,
      },
    };
  }
}
