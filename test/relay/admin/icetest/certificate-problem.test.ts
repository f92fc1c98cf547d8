import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateName, certificateProblem } from '../../../../relay/src/admin/icetest/certificate-problem';

const folder = mkdtempSync(join(tmpdir(), 'certificate-problem-'));
const DAY = 86_400_000;

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A certificate for some names, signed by an authority or by itself. */
function certificate(name: string, subjectAltName: string, authority?: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${subjectAltName}`];
  if (authority === undefined) openssl('req', '-x509', ...key, '-days', '10', ...subject, '-out', `${name}.pem`);
  else {
    openssl('req', ...key, ...subject, '-out', `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subjectAltName}\n`);
    const signer = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signer,
      '-days',
      '10',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  }
  return readFileSync(join(folder, `${name}.pem`), 'utf8');
}

const authority = certificate('authority', 'DNS:authority.example');
const signed = certificate('signed', 'DNS:turn.example.com,DNS:*.turn.example.com,IP:192.0.2.1', 'authority');
const NOW = new Date();

afterAll(() => rmSync(folder, { recursive: true }));

test.each<[what: string, pem: string | undefined, host: string, days: number, problem: object | undefined]>([
  ['none', undefined, 'turn.example.com', 0, { kind: 'missing' }],
  ['text', 'hello', 'turn.example.com', 0, { kind: 'unreadable' }],
  ['one that is fine', signed, 'turn.example.com', 0, undefined],
  ['one that is fine for a wildcard', signed, 'eu.turn.example.com', 0, undefined],
  ['one that is fine for an address', signed, '192.0.2.1', 0, undefined],
  [
    'one for other names',
    signed,
    '192.0.2.2',
    0,
    { kind: 'other-name', names: ['turn.example.com', '*.turn.example.com', '192.0.2.1'], host: '192.0.2.2' },
  ],
  ['one of the past', signed, 'turn.example.com', 11, { kind: 'expired' }],
  ['one of the future', signed, 'turn.example.com', -1, { kind: 'not-yet-valid' }],
  ['one that signed itself', authority, 'authority.example', 0, { kind: 'self-signed' }],
])('%s', (_, pem, host, days, problem) => {
  const found = certificateProblem(pem, host, new Date(NOW.getTime() + days * DAY));
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(problem);
});

test('clients connect by the first name that is one', () => {
  expect(certificateName(signed)).toBe('turn.example.com');
  expect(certificateName(certificate('wild', 'DNS:*.example.com,IP:192.0.2.1'))).toBeUndefined();
  expect(certificateName('hello')).toBeUndefined();
  expect(certificateName(undefined)).toBeUndefined();
});
