import { join } from 'node:path';
import type { PairResult } from './pair';
import { MESSAGES } from './pair';
import { run } from './run';
import { HERE, Site, STATIC_USER } from './site';

// WebRTC peer connections that have nothing but the relay: both ends allocate, and each one's peer is the other's
// relayed address. Each pair is a process of its own: NODE_EXTRA_CA_CERTS is read at its start.

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(() => site.stop());

async function connectPair(program: string, url: string, trust: boolean): Promise<PairResult> {
  const server = { url, username: STATIC_USER.username, credential: STATIC_USER.password };
  const { exitCode, output } = await run(
    process.execPath,
    ['--import', 'tsx', join(__dirname, program), JSON.stringify(server)],
    20_000,
    trust ? { env: { ...process.env, NODE_EXTRA_CA_CERTS: site.certificate.caFile } } : {},
  );
  // A pair that has nothing left to wait for ends without a word.
  if (exitCode !== 0 || output === '') throw new Error(`no connection by ${url}: ${output}`);
  return JSON.parse(output) as PairResult;
}

const turn = (): string => `turn:${HERE}:${site.ports.udp}`;
const turns = (): string => `turns:${HERE}:${site.ports.tls}`;

test.each([
  ['werift over UDP', 'werift-pair.ts', () => `${turn()}?transport=udp`],
  ['werift over TCP', 'werift-pair.ts', () => `${turn()}?transport=tcp`],
  ['werift over TLS', 'werift-pair.ts', () => `${turns()}?transport=tcp`],
  ['libdatachannel over UDP', 'libdatachannel-pair.ts', () => `${turn()}?transport=udp`],
])('%s: every message comes back, through relay candidates only', async (_, program, url) => {
  const { echoed, candidates } = await connectPair(program, url(), true);

  expect(echoed).toBe(MESSAGES);
  expect(candidates.length).toBeGreaterThan(1);
  expect(new Set(candidates)).toEqual(new Set(['typ relay']));
});

test('werift over TLS, not told to trust the certificate: no connection', async () => {
  await expect(connectPair('werift-pair.ts', `${turns()}?transport=tcp`, false)).rejects.toThrow(
    /^no connection by turns:\S+ $/,
  );
});
