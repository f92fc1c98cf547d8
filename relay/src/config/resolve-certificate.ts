import { certificateFault } from './certificate';
import type { Field } from './field';
import type { KubeObject } from './objects';
import { kindOfRef, type Resolution, type Target } from './resolution';
import { secretText } from './secret-data';
import type { ListenerConfig } from './relay-config';

export type Certificate = NonNullable<ListenerConfig['certificate']>;

interface CertificateFault {
  readonly reason: 'InvalidCertificateRef' | 'RefNotPermitted';
  readonly message: string;
  /** Of the Secret that the reference still names: the last one that could be used. */
  readonly certificate?: Certificate;
}

export type CertificateResult = { readonly certificate: Certificate; readonly reason?: undefined } | CertificateFault;

/**
 * The first usable certificate that a listener's `tls.certificateRefs` name; why there is none is told. A listener keeps
 * the certificate of a Secret that is gone or spoilt, but not that of one which it may no longer refer to.
 */
export function resolveCertificate(resolution: Resolution, gateway: KubeObject, tls: Field): CertificateResult {
  const fail = (field: Field, fault: CertificateFault): CertificateFault => {
    field.tell(
      `${fault.message}; ${fault.certificate === undefined ? 'the listener stays off' : 'its last certificate is served'}`,
    );
    return fault;
  };
  const refs = tls.get('certificateRefs');
  const items = refs.items() ?? [];
  if (tls.get('mode').string('Terminate') !== 'Terminate') {
    return fail(tls.get('mode'), invalid('unsupported mode: Terminate'));
  }
  if (items.length === 0) {
    return fail(refs, invalid('no certificate: at least one reference to a Secret of type kubernetes.io/tls'));
  }
  let failure: CertificateFault | undefined;
  for (const ref of items) {
    const result = readReference(resolution, gateway, ref);
    if (result.reason === undefined) return result;
    failure ??= fail(ref, result);
  }
  return failure!;
}

function invalid(message: string, certificate?: Certificate): CertificateFault {
  return { reason: 'InvalidCertificateRef', message, ...(certificate && { certificate }) };
}

function readReference(resolution: Resolution, gateway: KubeObject, ref: Field): CertificateResult {
  const name = ref.get('name').required();
  const namespace = ref.get('namespace').string(gateway.namespace);
  if (kindOfRef(ref, 'Secret', ['Secret']) === undefined) return invalid('not a reference to a Secret');
  if (name === undefined || namespace === undefined) return invalid('not a reference to a Secret');

  const target: Target = { kind: 'Secret', namespace, name };
  if (!resolution.permits(gateway, target)) {
    return { reason: 'RefNotPermitted', message: resolution.refusal(gateway, target) };
  }
  const found = readSecret(resolution, target);
  const certificate = resolution.lastGood(`certificate of ${namespace}/${name}`, 'cert' in found ? found : undefined);
  return 'cert' in found ? { certificate: found } : invalid(`Secret ${namespace}/${name}${found.fault}`, certificate);
}

/** What the Secret holds, or what is wrong with it. */
function readSecret(
  resolution: Resolution,
  { kind, namespace, name }: Target,
): Certificate | { readonly fault: string } {
  const secret = resolution.objects.get(kind, namespace, name);
  if (secret === undefined) return { fault: ' is missing' };
  const cert = secretText(resolution, secret, 'tls.crt', 'crt', 'cert');
  const key = secretText(resolution, secret, 'tls.key', 'key');
  if (cert === undefined || key === undefined) return { fault: ' lacks tls.crt or tls.key' };
  const fault = certificateFault(cert, key);
  return fault === undefined ? { cert, key } : { fault: `: ${fault}` };
}
