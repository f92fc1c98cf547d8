import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectLossless } from './pending';
import { run } from './run';
import { ELSEWHERE, HAS_IPV6, HERE, HERE6, MEDIA, MEDIA6, Site, STATIC_USER, type Transport } from './site';
import { StunnerdSite } from './stunnerd-site';
import { EchoPeer } from './turnutils';

// pion/turn, the TURN library of the Go world, against the built relay.

interface PionResult {
  readonly relayed?: string;
  readonly sent: number;
  readonly received: number;
  readonly error?: string;
}

const IPV6_CALLS = [
  ['udp', HERE6, MEDIA6],
  ['tcp', HERE6, MEDIA6],
  ['tls', HERE6, MEDIA6],
  ['udp', HERE6, MEDIA],
  ['udp', HERE, MEDIA6],
] as const;

const HAS_GO = spawnSync('go', ['version']).status === 0;
if (!HAS_GO) console.warn('no calls with pion/turn: they need Go 1.24 or newer (package golang, or go.dev/dl)');

(HAS_GO ? describe : describe.skip)('pion/turn', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stunner-e2e-pion-'));
  const program = join(folder, 'pion');
  let site: Site;
  let echo: EchoPeer;

  beforeAll(async () => {
    const build = await run('go', ['build', '-o', program, '.'], 170_000, { cwd: join(__dirname, 'pion') });
    if (build.exitCode !== 0) throw new Error(`go build: ${build.output}`);
    site = await Site.start();
    echo = await EchoPeer.start(site.peer);
  }, 180_000);

  afterAll(async () => {
    await echo.stop();
    await site.stop();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['udp', HERE, MEDIA],
    ['tcp', HERE, MEDIA],
    ['tls', HERE, MEDIA],
    ['dtls', HERE, MEDIA],
    ...(HAS_IPV6 ? IPV6_CALLS : []),
  ] as const)('%s from %s to %s: every packet comes back', async (via, host, peer) => {
    const { sent, received, error } = await call(site, via, host, peer);

    const lossless = sent > 0 && received === sent && error === undefined;
    expectLossless(`pion: ${via} from ${host} to ${peer}`, lossless ? 'lossless' : `${received} of ${sent}; ${error}`);
  });

  test('a peer outside the routes: 403', async () => {
    const { received, error } = await call(site, 'udp', HERE, ELSEWHERE);

    expect(received).toBe(0);
    expect(error).toMatch(/^permission: .*error 403/);
  });

  test('a wrong password: 401', async () => {
    const { relayed, error } = await call(site, 'udp', HERE, MEDIA, ['-password', 'guess']);

    expect(relayed).toBeUndefined();
    expect(error).toMatch(/^allocate: .*error 401/);
  });

  describe('RFC 6062', () => {
    let stunnerd: StunnerdSite;
    let streamEcho: Server;

    beforeAll(async () => {
      stunnerd = await StunnerdSite.start();
      streamEcho = createServer(socket => socket.on('error', () => undefined).pipe(socket));
      streamEcho.listen(stunnerd.peer, MEDIA);
      await once(streamEcho, 'listening');
    });

    afterAll(async () => {
      streamEcho.close();
      await stunnerd.stop();
    });

    test('a TCP peer: every byte comes back', async () => {
      const { sent, received, error } = await call(stunnerd, 'tcp', HERE, MEDIA, ['-relay', 'tcp']);

      expect({ sent, received, error }).toEqual({ sent: 20, received: 20, error: undefined });
    });

    test('a TCP peer outside the routes: 403', async () => {
      const { received, error } = await call(stunnerd, 'tcp', HERE, ELSEWHERE, ['-relay', 'tcp']);

      expect(received).toBe(0);
      expect(error).toContain('error 403');
    });
  });

  async function call(
    target: Pick<Site, 'ports' | 'peer' | 'certificate'>,
    via: Transport,
    host: string,
    peer: string,
    flags: readonly string[] = [],
  ): Promise<PionResult> {
    const { output } = await run(
      program,
      [
        ...['-transport', via, '-server', hostPort(host, target.ports[via]), '-peer', hostPort(peer, target.peer)],
        ...['-username', STATIC_USER.username, '-password', STATIC_USER.password],
        ...['-ca', target.certificate.caFile, ...flags],
      ],
      20_000,
    );
    return JSON.parse(output) as PionResult;
  }
});

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
