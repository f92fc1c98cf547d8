import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Certificate,
  CertificateSpecPrivateKeyAlgorithm,
  CertificateSpecPrivateKeyEncoding,
  CertificateSpecPrivateKeyRotationPolicy,
  CertificateSpecUsages,
  toJson_CertificateSpec,
} from '../../imports/cert-manager.io';
import { apiObject } from '../private/api-object';
import { complaint } from '../private/errors';
import { dnsName, label1123 } from '../private/names';
import { SecretUse } from '../private/secret-use';
import { ManagedSecret } from './managed-secret';

/** Who signs certificates: an issuer of cert-manager. */
export class CertificateIssuer {
  /**
   * A ClusterIssuer, for any namespace.
   *
   * @param name name of the issuer
   */
  public static cluster(name: string): CertificateIssuer {
    return new CertificateIssuer('ClusterIssuer', label1123('issuer name', name));
  }

  /**
   * An Issuer in the namespace of the Gateway.
   *
   * @param name name of the issuer
   */
  public static namespaced(name: string): CertificateIssuer {
    return new CertificateIssuer('Issuer', label1123('issuer name', name));
  }

  private constructor(
    /** `ClusterIssuer` or `Issuer`. */
    public readonly kind: string,
    /** Name of the issuer. */
    public readonly name: string,
  ) {}
}

/** How a certificate is issued. */
export interface IssuedCertificateOptions {
  /** Who signs. It must prove the names by DNS: nothing answers HTTP at a host that only speaks TURN. */
  readonly issuer: CertificateIssuer;

  /**
   * More names that the certificate holds.
   *
   * @default - only those at which clients reach the Gateway
   */
  readonly dnsNames?: string[];

  /**
   * How long a certificate lasts (Certificate `spec.duration`).
   *
   * @default Duration.days(90)
   */
  readonly duration?: Duration;

  /**
   * How long before its end it is renewed (Certificate `spec.renewBefore`).
   *
   * @default Duration.days(30)
   */
  readonly renewBefore?: Duration;
}

/**
 * A certificate that cert-manager issues: rendered as a Certificate where it is used. Written out, because cert-manager looks at
 * HTTPS and TLS listeners of a Gateway only, and passes over TURN-TLS.
 */
export class IssuedCertificate extends ManagedSecret {
  /**
   * A certificate by the name of its Secret.
   *
   * @param name name of Certificate and Secret
   * @param options issuer, names and lifetime
   */
  public static of(name: string, options: IssuedCertificateOptions): IssuedCertificate {
    options.dnsNames?.forEach(each => dnsName('certificate name', each.replace(/^\*\./, '')));
    return new IssuedCertificate(name, options);
  }

  private constructor(
    name: string,
    private readonly options: IssuedCertificateOptions,
  ) {
    super(name);
  }

  /**
   * The Certificate.
   *
   * @internal
   */
  public override _render(scope: Construct, id: string, use: SecretUse): void {
    const { issuer, dnsNames = [], duration = Duration.days(90), renewBefore = Duration.days(30) } = this.options;
    const names = () => [...new Set([...(use.dnsNames?.() ?? []), ...dnsNames])];
    const certificate = apiObject(scope, id, Certificate.GVK, {
      name: this.name,
      namespace: use.namespace,
      spec: () =>
        toJson_CertificateSpec({
          secretName: this.name,
          issuerRef: { group: 'cert-manager.io', kind: issuer.kind, name: issuer.name },
          dnsNames: names(),
          duration: `${duration.toHours()}h0m0s`,
          renewBefore: `${renewBefore.toHours()}h0m0s`,
          usages: [CertificateSpecUsages.DIGITAL_SIGNATURE, CertificateSpecUsages.SERVER_AUTH],
          privateKey: {
            algorithm: CertificateSpecPrivateKeyAlgorithm.ECDSA,
            encoding: CertificateSpecPrivateKeyEncoding.PKCS1,
            rotationPolicy: CertificateSpecPrivateKeyRotationPolicy.ALWAYS,
            size: 256,
          },
        }),
    });
    certificate.node.addValidation({
      validate: () =>
        names().length > 0
          ? []
          : [complaint('certificate has no name', undefined, 'a DNS name', 'set the hostname of the Gateway')],
    });
  }
}
