import { createPrivateKey, X509Certificate } from 'node:crypto';

/** Why a PEM certificate and private key cannot serve TLS, or undefined if they can. The text holds nothing of them. */
export function certificateFault(cert: string, key: string): string | undefined {
  const certificate = attempt(() => new X509Certificate(cert));
  if (certificate === undefined) return 'the certificate is not readable: PEM of an X.509 certificate';
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === undefined) return 'the private key is not readable: PEM of a key without passphrase';
  if (attempt(() => certificate.checkPrivateKey(privateKey)) !== true) {
    return 'the private key does not belong to the certificate: a pair; renew both together';
  }
  return undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
