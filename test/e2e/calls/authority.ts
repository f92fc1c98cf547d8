import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a day, in a folder of its own. */
export class Authority {
  private issued = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    openssl([...NEW_KEY, '-subj', '/CN=calls', '-keyout', this.file('ca.key'), '-out', this.file('ca.pem')]);
  }

  /** A new certificate for these addresses. */
  issue(addresses: readonly string[]): Certificate {
    const name = `leaf-${++this.issued}`;
    const [cert, key] = [this.file(`${name}.pem`), this.file(`${name}.key`)];
    openssl([
      ...[...NEW_KEY, '-CA', this.file('ca.pem'), '-CAkey', this.file('ca.key')],
      ...['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-addext', `subjectAltName=${addresses.map(address => `IP:${address}`).join(',')}`],
      ...['-keyout', key, '-out', cert],
    ]);
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  }

  /** Makes the programs that take this folder for their home trust it: Chromium reads `.pki/nssdb` there. */
  trustIn(home: string): void {
    const database = join(home, '.pki', 'nssdb');
    mkdirSync(database, { recursive: true });
    const certutil = (...args: readonly string[]): unknown =>
      execFileSync('certutil', ['-d', `sql:${database}`, ...args]);
    certutil('-N', '--empty-password');
    certutil('-A', '-t', 'C,,', '-n', 'calls', '-i', this.file('ca.pem'));
  }

  private file(name: string): string {
    return join(this.folder, name);
  }
}

const NEW_KEY = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
