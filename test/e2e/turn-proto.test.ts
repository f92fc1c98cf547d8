import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ephemeralPassword } from '../../relay/src/auth/ephemeral';
import { run } from './run';
import { ELSEWHERE, HAS_IPV6, HERE, HERE6, MEDIA, MEDIA6, SHARED_SECRET, Site, STATIC_USER } from './site';
import { EchoPeer } from './turnutils';

// turn-proto, the TURN library of the Rust world: the one client in the field with all of RFC 8489's security.

interface Result {
  readonly relayed: readonly string[];
  readonly sent: number;
  readonly received: number;
  /** Attributes that secured its requests, by name. */
  readonly security: readonly string[];
  readonly failure: string;
}

const HAS_CARGO = spawnSync('cargo', ['--version']).status === 0;
if (!HAS_CARGO) console.warn('no calls with turn-proto: they need Rust 1.85 or newer (rustup.rs)');

const TARGET = resolve(__dirname, '../../.cache/turn-proto');
const PROGRAM = join(TARGET, 'debug', 'turn-proto-client');

const SHA1 = ['MESSAGE-INTEGRITY', 'PASSWORD-ALGORITHM', 'PASSWORD-ALGORITHMS', 'USERNAME'];
const SHA256 = ['MESSAGE-INTEGRITY-SHA256', 'PASSWORD-ALGORITHM', 'PASSWORD-ALGORITHMS'];

(HAS_CARGO ? describe : describe.skip)('turn-proto', () => {
  let site: Site;
  let echo: EchoPeer;

  beforeAll(async () => {
    const args = ['build', '--locked', '--target-dir', TARGET];
    const build = await run('cargo', args, 290_000, { cwd: join(__dirname, 'turn-proto') });
    if (build.exitCode !== 0) throw new Error(`cargo build: ${build.output}`);
    site = await Site.start();
    echo = await EchoPeer.start(site.peer);
  }, 300_000);

  afterAll(async () => {
    await echo.stop();
    await site.stop();
  });

  const lossless = (security: readonly string[]) => ({ sent: 20, received: 20, security, failure: '' });

  test.each([
    ['SHA-1', ['sha1', 'username', 'channel'], SHA1],
    ['SHA-256, channels', ['sha256', 'username', 'channel'], [...SHA256, 'USERNAME']],
    ['SHA-256, Send indications', ['sha256', 'username', 'send'], [...SHA256, 'USERNAME']],
    ['SHA-256 and USERHASH', ['sha256', 'userhash', 'channel'], [...SHA256, 'USERHASH']],
    ['SHA-256 where both are known', ['any', 'username', 'channel'], [...SHA256, 'USERNAME']],
  ])('%s: every packet comes back', async (_, manner, security) => {
    expect(await call(HERE, [MEDIA], manner)).toMatchObject(lossless(security));
  });

  (HAS_IPV6 ? test : test.skip)('two families in one allocation (RFC 8656 7.2): every packet comes back', async () => {
    // Not by channels: the client gives both families' peers the same number.
    const { relayed, ...result } = await call(HERE, [MEDIA, MEDIA6], ['sha256', 'userhash', 'send']);
    expect(result).toMatchObject({ sent: 40, received: 40 });
    expect(relayed.map(address => address.startsWith('['))).toEqual([false, true]);
  });

  (HAS_IPV6 ? test : test.skip)('over IPv6: every packet comes back', async () => {
    expect(await call(HERE6, [MEDIA6], ['sha256', 'userhash', 'channel'])).toMatchObject({ sent: 20, received: 20 });
  });

  test('a wrong password gets no relayed transport address', async () => {
    const result = await call(HERE, [MEDIA], ['sha256', 'username', 'channel'], { ...STATIC_USER, password: 'guess' });
    expect(result).toMatchObject({ relayed: [], sent: 0, received: 0 });
  });

  test('a peer outside the routes is refused', async () => {
    const result = await call(HERE, [ELSEWHERE], ['sha256', 'username', 'channel']);
    expect(result).toMatchObject({ sent: 0, received: 0 });
    expect(result.failure).toContain('CreateFailed');
  });

  test('a time-limited credential with SHA-256: every packet comes back', async () => {
    const timed = await Site.start({ auth: 'ephemeral' });
    const peer = await EchoPeer.start(timed.peer);
    try {
      const username = `${Math.floor(Date.now() / 1000) + 600}:carol`;
      const user = { username, password: ephemeralPassword(SHARED_SECRET, username) };
      const result = await call(HERE, [MEDIA], ['sha256', 'username', 'channel'], user, timed);
      expect(result).toMatchObject(lossless([...SHA256, 'USERNAME']));
    } finally {
      await peer.stop();
      await timed.stop();
    }
  });

  async function call(
    host: string,
    peers: readonly string[],
    manner: readonly string[],
    { username, password } = STATIC_USER,
    target = site,
  ): Promise<Result> {
    const where = peers.map(peer => hostPort(peer, target.peer)).join(',');
    const args = [hostPort(host, target.ports.udp), where, username, password, ...manner];
    const { output } = await run(PROGRAM, args, 25_000);
    return JSON.parse(output) as Result;
  }
});

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
