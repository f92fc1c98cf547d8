import type { OfferedServer } from '../../../../relay/src/admin/icetest/offer';
import { diagnose, type Outcome } from '../../../../relay/src/admin/icetest/page/diagnosis';
import { verdict, type State } from '../../../../relay/src/admin/icetest/page/verdict';

// Readable by someone who does not know ICE: what is wrong, why, and what to do.

const SERVER: OfferedServer = {
  listener: 'stunner/edge/udp',
  uri: 'turn:192.0.2.1:3478?transport=udp',
  transport: 'udp',
  loopback: { allowed: true },
};
const TLS: OfferedServer = { ...SERVER, transport: 'tls', uri: 'turns:turn.example.com:443?transport=tcp' };
const TCP: OfferedServer = { ...SERVER, transport: 'tcp', uri: 'turn:[2001:db8::1]:3478?transport=tcp' };

function outcome(change: Partial<Outcome>): Outcome {
  return { server: SERVER, relayed: false, connected: false, errors: [], working: new Set(), ...change };
}

function error(code: number, text = ''): Partial<Outcome> {
  return {
    errors: [
      { code: 701, text: 'timed out' },
      { code, text },
    ],
  };
}

test('where data goes through, nothing is wrong, whatever a candidate on the way there said', () => {
  expect(diagnose(outcome({ relayed: true, connected: true, ...error(701) }))).toBeUndefined();
});

test.each<[what: string, change: Partial<Outcome>, problem: string, says: string]>([
  ['wrong credential', error(401, 'Unauthorized.'), 'does not accept the credential', 'error 401 (Unauthorized)'],
  ['stale nonce of another relay', error(438), 'does not accept the credential', 'error 438'],
  ['draining', error(508), 'takes no new clients', 'error 508'],
  ['alternate server', error(300), 'takes no new clients', 'error 300'],
  ['quota', error(486), 'Too many at the same time', 'error 486'],
  ['forbidden', error(403), 'forbids it', 'error 403'],
  ['any other refusal', error(420, 'Unknown Attribute'), 'refuses to help', 'error 420 (Unknown Attribute)'],
  ['UDP blocked', { working: new Set(['tcp', 'tls'] as const) }, 'UDP is blocked', 'answers over TCP and TLS'],
  ['nothing over UDP', { working: new Set() }, 'Nothing answers over UDP', 'UDP port 3478'],
  ['nothing over TCP', { server: TCP, working: new Set(['udp'] as const) }, 'over TCP', '[2001:db8::1]:3478'],
  ['nothing over TLS', { server: TLS }, 'No encrypted connection', 'TCP port 443'],
  ['no certificate', { server: { ...TLS, certificate: { kind: 'missing' } } }, 'no certificate', 'Secret'],
  ['broken', { server: { ...TLS, certificate: { kind: 'unreadable' } } }, 'cannot be read', 'PEM'],
  [
    'expired',
    { server: { ...TLS, certificate: { kind: 'expired', on: '2026-01-31T00:00:00Z' } } },
    'expired',
    '2026-01-31',
  ],
  [
    'not yet valid',
    { server: { ...TLS, certificate: { kind: 'not-yet-valid', from: '2099-01-31T00:00:00Z' } } },
    'not valid yet',
    '2099-01-31',
  ],
  [
    'another name',
    { server: { ...TLS, certificate: { kind: 'other-name', names: ['a.example', 'b.example'], host: 'c.example' } } },
    'another name',
    'for a.example, b.example, but clients connect to c.example',
  ],
  ['self-signed', { server: { ...TLS, certificate: { kind: 'self-signed' } } }, 'do not trust', 'signed by itself'],
  [
    'denied peer',
    { relayed: true, server: { ...SERVER, loopback: { allowed: false, detail: 'no-route: because' } } },
    'denies the other end',
    'no-route: because',
  ],
  ['no data', { relayed: true }, 'no data comes through', 'NetworkPolicy'],
])('%s', (_, change, problem, says) => {
  const diagnosis = diagnose(outcome(change))!;
  expect(diagnosis.problem).toContain(problem);
  expect(`${diagnosis.why} ${diagnosis.fix}`).toContain(says);
  for (const text of [diagnosis.why, diagnosis.fix]) expect(text).toMatch(/^[A-Z].*\.$/);
  expect(diagnosis.problem).toMatch(/[^.]$/);
});

test.each<[states: State[], text: string]>([
  [['works'], 'The relay works.'],
  [['works', 'works'], 'All 2 ways to the relay work.'],
  [['works', 'fails', 'reached'], '1 of 3 ways to the relay works. Calls will use what works.'],
  [['works', 'fails', 'works'], '2 of 3 ways to the relay work. Calls will use what works.'],
  [['fails', 'fails'], 'No way to the relay works. Calls that need it will fail.'],
  [['reached'], 'The relay can be reached, but not all could be tested.'],
  [['reached', 'fails'], 'The relay can be reached in part, but not all could be tested.'],
])('%j: %s', (states, text) => {
  expect(verdict(states)).toBe(text);
});
