import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate that is its own CA. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** File of the certificate, for clients to trust. */
  readonly caFile: string;
}

/** Makes a certificate for this host, valid for a day, in a folder. */
export function makeCertificate(folder: string): TestCertificate {
  const [caFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'],
      ...['-keyout', keyFile, '-out', caFile],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return { cert: readFileSync(caFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), caFile };
}
