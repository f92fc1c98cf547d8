import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CertificateProblem } from './offer';

/** What a client that connects to a host will find wrong with the certificate there; undefined if nothing that shows here. */
export function certificateProblem(pem: string | undefined, host: string, now: Date): CertificateProblem | undefined {
  if (pem === undefined) return { kind: 'missing' };
  const certificate = parsed(pem);
  if (certificate === undefined) return { kind: 'unreadable' };
  const { validFromDate, validToDate } = certificate;
  if (now < validFromDate) return { kind: 'not-yet-valid', from: validFromDate.toISOString() };
  if (now > validToDate) return { kind: 'expired', on: validToDate.toISOString() };
  const covers = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (covers === undefined) return { kind: 'other-name', names: namesIn(certificate), host };
  return certificate.verify(certificate.publicKey) ? { kind: 'self-signed' } : undefined;
}

/** A name that the certificate is for, for clients to connect to; undefined if it is for addresses or wildcards only. */
export function certificateName(pem: string | undefined): string | undefined {
  const certificate = pem === undefined ? undefined : parsed(pem);
  const names = certificate === undefined ? [] : namesIn(certificate);
  return names.find(name => isIP(name) === 0 && !name.includes('*'));
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** DNS names and IP addresses of the subject alternative name (RFC 5280 4.2.1.6). */
function namesIn({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').flatMap(name => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
}
