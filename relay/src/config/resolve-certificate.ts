import { certificateFault } from './certificate';
import type { Field } from './field';
import type { KubeObject } from './objects';
import { kindOfRef, type Resolution, type Target } from './resolution';
import { secretText } from './secret-data';
import type { ListenerConfig } from './relay-config';

export type Certificate = NonNullable<ListenerConfig['certificate']>;

export type CertificateResult =
  | { readonly certificate: Certificate }
  | { readonly reason: 'InvalidCertificateRef' | 'RefNotPermitted'; readonly message: string };

/** The first usable certificate that a listener's `tls.certificateRefs` name; why there is none is told. */
export function resolveCertificate(resolution: Resolution, gateway: KubeObject, tls: Field): CertificateResult {
  const fail = (
    field: Field,
    message: string,
    reason: 'InvalidCertificateRef' | 'RefNotPermitted' = 'InvalidCertificateRef',
  ) => {
    field.tell(`${message}; the listener stays off`);
    return { reason, message } as const;
  };
  const refs = tls.get('certificateRefs');
  const items = refs.items() ?? [];
  if (tls.get('mode').string('Terminate') !== 'Terminate') return fail(tls.get('mode'), 'unsupported mode: Terminate');
  if (items.length === 0)
    return fail(refs, 'no certificate: at least one reference to a Secret of type kubernetes.io/tls');

  let failure: CertificateResult | undefined;
  for (const ref of items) {
    const result = readReference(resolution, gateway, ref);
    if ('certificate' in result) return result;
    failure ??= fail(ref, result.message, result.reason);
  }
  return failure!;
}

function readReference(resolution: Resolution, gateway: KubeObject, ref: Field): CertificateResult {
  const invalid = (message: string) => ({ reason: 'InvalidCertificateRef', message }) as const;
  const name = ref.get('name').required();
  const namespace = ref.get('namespace').string(gateway.namespace);
  if (kindOfRef(ref, 'Secret', ['Secret']) === undefined) return invalid('not a reference to a Secret');
  if (name === undefined || namespace === undefined) return invalid('not a reference to a Secret');

  const target: Target = { kind: 'Secret', namespace, name };
  if (!resolution.permits(gateway, target)) {
    return { reason: 'RefNotPermitted', message: resolution.refusal(gateway, target) };
  }
  const secret = resolution.objects.get('Secret', namespace, name);
  if (secret === undefined) return invalid(`Secret ${namespace}/${name} is missing`);
  const cert = secretText(resolution, secret, 'tls.crt', 'crt', 'cert');
  const key = secretText(resolution, secret, 'tls.key', 'key');
  if (cert === undefined || key === undefined) return invalid(`Secret ${namespace}/${name} lacks tls.crt or tls.key`);
  const fault = certificateFault(cert, key);
  return fault === undefined ? { certificate: { cert, key } } : invalid(`Secret ${namespace}/${name}: ${fault}`);
}
