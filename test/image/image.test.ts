import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { version } from '../../relay/package.json';
import { freePorts } from '../e2e/ports';
import { TRY_TO_RULE, TRY_TO_WRITE } from './attempts';
import { binding } from './binding';
import { buildImage } from './build';
import type { Layout } from './layout';
import { describeWith } from './needs';
import { HARDENED, Podman } from './podman';

// The image as a registry would have it, and as a cluster would run it.

const ARCHITECTURES = ['amd64', 'arm64'] as const;
const MAX_COMPRESSED = 55_000_000;
/** Twice what a quiet machine takes; a busy one has as many times less for us as it has to do. */
const MAX_START_MS = 1000;
const MAX_IDLE_KIB = 100 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'image-test-'));
let layout: Layout;

beforeAll(() => {
  layout = buildImage(join(folder, 'image'), { umask: '022', timeZone: 'UTC', locale: 'C' });
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true }));

interface Configured {
  readonly file: string;
  readonly port: number;
  readonly ready: string;
}

/** What the relay in a container is to do. */
async function configured(name: string): Promise<Configured> {
  const port = await freePorts(2);
  const ready = `http://127.0.0.1:${port + 1}`;
  const file = join(folder, `${name}.yaml`);
  const config = {
    version: 'v1',
    admin: { name: 'test/image', loglevel: 'all:INFO', healthcheck_endpoint: ready },
    auth: { type: 'static', realm: 'turn.example.com', credentials: { username: 'user', password: 'password' } },
    listeners: [
      { name: 'udp', protocol: 'turn-udp', address: '127.0.0.1', port, routes: [] },
      { name: 'tcp', protocol: 'turn-tcp', address: '127.0.0.1', port, routes: [] },
    ],
    clusters: [],
  };
  writeFileSync(file, stringify(config));
  return { file, port, ready: `${ready}/ready` };
}

/** When `/ready` answered 200, in Unix milliseconds. */
async function readyAt(url: string, limitMs: number): Promise<number> {
  const isReady = (): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const end = Date.now() + limitMs; Date.now() < end;) {
    if (await isReady()) return Date.now();
    await sleep(5);
  }
  throw new Error(`the relay is not ready (got nothing in ${limitMs} ms)`);
}

test('built again with another umask, time zone and locale, it is the same, byte for byte', () => {
  const again = buildImage(join(folder, 'again'), { umask: '077', timeZone: 'Asia/Tokyo', locale: 'C.UTF-8' });
  expect([...again.digests()]).toEqual([...layout.digests()]);
}, 180_000);

test('each blob is named after its content, as a layout demands', () => {
  const blobs = [...layout.digests()].filter(([path]) => path.startsWith('/blobs/sha256/'));
  expect(blobs.map(([path]) => path)).toEqual(blobs.map(([, digest]) => `/blobs/sha256/${digest}`));
  expect(layout.named.annotations).toEqual({ 'org.opencontainers.image.ref.name': version });
});

test('the Containerfile makes the same of these files', () => {
  const text = readFileSync(join(__dirname, '../../relay/image/Containerfile'), 'utf8');
  const { User, Env, Entrypoint, StopSignal } = layout.configuration('amd64').config;
  for (const line of [
    `USER ${String(User)}`,
    `ENV ${(Env as string[]).join(' ')}`,
    `ENTRYPOINT ${JSON.stringify(Entrypoint)}`,
    `STOPSIGNAL ${String(StopSignal)}`,
    `LABEL org.opencontainers.image.title=stunnerd`,
    `org.opencontainers.image.version=${version} `,
  ]) {
    expect(text).toContain(line);
  }
});

describe.each(ARCHITECTURES)('%s', architecture => {
  test(`at most ${MAX_COMPRESSED / 1e6} MB are pulled`, () => {
    const size = layout.compressedSize(architecture);
    process.stderr.write(`\n${architecture}: ${(size / 1e6).toFixed(1)} MB compressed\n`);
    expect(size).toBeLessThan(MAX_COMPRESSED);
  });

  test('user, entry point and labels', () => {
    const { config } = layout.configuration(architecture);
    expect(config).toMatchObject({ User: '65532:65532', Entrypoint: ['stunnerd'], StopSignal: 'SIGTERM' });
    expect(config.Labels).toMatchObject({ 'org.opencontainers.image.version': version });
    expect(layout.manifest(architecture).annotations).toEqual(config.Labels);
  });

  test('all belongs to root, nobody else may write, nothing changes who one is', () => {
    const unlike = layout
      .listing(architecture)
      .filter(line => !/^(l|[-d]rwxr-xr-x|-rw-r--r--)/.test(line) || !line.includes(' 0/0 '));
    expect(unlike).toEqual([]);
  });

  test('what can be executed is Node, the loader, and what these run: no shell', () => {
    const programs = layout.listing(architecture).filter(line => line.startsWith('-rwx'));
    expect(programs.map(line => line.split('/').at(-1)!).sort()).toEqual([
      architecture === 'amd64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1',
      'node',
      'stunnerd.cjs',
    ]);
  });

  test('the bill of materials and the licences are complete', () => {
    const root = join(folder, `root-${architecture}`);
    layout.extract(architecture, root);
    const text = (path: string): string => readFileSync(join(root, path), 'utf8');
    const sbom = JSON.parse(text('usr/share/sbom/stunnerd.spdx.json')) as Sbom;
    const ids = sbom.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { relatedSpdxElement } of sbom.relationships) expect(ids).toContain(relatedSpdxElement);
    const names = sbom.packages.map(({ name }) => name);
    for (const name of readdirSync(join(root, 'var/lib/dpkg/status.d'))) {
      expect(names).toContain(name);
      expect(text(`usr/share/doc/${name}/copyright`)).toMatch(/copyright/i);
    }
    const bundled = text('usr/share/doc/stunnerd/THIRD-PARTY-LICENSES');
    for (const name of ['pino', 'prom-client', 'ws', 'yaml']) {
      expect(names).toContain(name);
      expect(bundled).toContain(`${name} `);
    }
    expect(text('usr/share/doc/node/LICENSE')).toContain('Node.js is licensed');
    expect(text('opt/stunnerd/node_modules/koffi/LICENSE.txt')).toContain('MIT');
    expect(readFileSync(join(folder, `stunnerd-${architecture}.spdx.json`), 'utf8')).toBe(
      JSON.stringify(sbom, null, 2) + '\n',
    );
  });
});

interface Sbom {
  readonly packages: readonly { readonly SPDXID: string; readonly name: string }[];
  readonly relationships: readonly { readonly relatedSpdxElement: string }[];
}

describeWith(['podman', 'runc'], 'in a container', () => {
  let podman: Podman;

  beforeAll(() => {
    podman = new Podman(layout.folder, version);
  }, 60_000);

  afterAll(() => podman.close());

  /** What a script finds out inside. */
  async function inside<T>(script: string, options: readonly string[] = HARDENED): Promise<T> {
    const { exitCode, output } = await podman.run(options, 'node', '-e', script);
    if (exitCode !== 0) throw new Error(`the script fails (got ${exitCode}): ${output}`);
    return JSON.parse(output) as T;
  }

  test.each<[how: string, options: readonly string[], writable: readonly string[]]>([
    ['hardened: there is no path to write to', HARDENED, []],
    ['not hardened: there is none either', ['--ipc=none'], []],
    ['a path that is there to write to would be found', [...HARDENED, '--tmpfs=/scratch'], ['/scratch']],
  ])('%s', async (_, options, writable) => {
    expect(await inside(TRY_TO_WRITE, options)).toEqual(writable);
  });

  test('hardened: no user of rights, no capability, and none to be had', async () => {
    const status = await inside<string>(`console.log(JSON.stringify(fs.readFileSync('/proc/self/status', 'utf8')))`);
    const fields = Object.fromEntries(status.split('\n').map(line => line.split(/:\s*/) as [string, string]));
    const none = '0000000000000000';
    expect(fields).toMatchObject({ CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none });
    expect(fields).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' });
    expect(fields.Uid).toBe('65532\t65532\t65532\t65532');
  });

  test.each<[how: string, options: readonly string[], done: readonly string[]]>([
    ['hardened: nothing that takes rights can be done', HARDENED, []],
    [
      'with rights, all that would be found',
      ['--ipc=none', '--user=0', '--cap-add=sys_nice'],
      ['be root', 'take a group', 'give a file away', 'go before others', 'listen on port 81'],
    ],
  ])('%s', async (_, options, done) => {
    expect(await inside(TRY_TO_RULE, options)).toEqual(done);
  });

  test.each(['sh', '/bin/sh', 'bash', 'busybox', '/usr/bin/env'])('there is no %s to be run', async shell => {
    const { exitCode, output } = await podman.run(HARDENED, shell, '-c', 'echo here');
    expect(exitCode).toBe(127);
    expect(output).toMatch(/not found|no such file/i);
  });

  test('a program cannot start a shell either', async () => {
    const code = await inside<string>(
      `child_process.exec('echo here', error => console.log(JSON.stringify(error?.code ?? 'none')))`,
    );
    expect(code).toBe('ENOENT');
  });

  test('`command: ["stunnerd"]`, as the operator writes it, is the relay', async () => {
    const { exitCode, output } = await podman.run(HARDENED, 'stunnerd', '--version');
    expect([exitCode, output]).toEqual([0, `stunnerd (cdk8s-stunner) ${version}\n`]);
  });

  test('it is ready soon, answers, takes little memory, and ends on SIGTERM', async () => {
    const starts: number[] = [];
    let idleKib = 0;
    for (const name of ['first', 'second', 'third']) {
      const { file, port, ready } = await configured(name);
      podman.start(
        name,
        ['--volume', `${file}:/stunnerd.yaml:ro`],
        '-w',
        '--udp-thread-num=16',
        '--config=/stunnerd.yaml',
      );
      const at = await readyAt(ready, 20_000);
      await binding(port, 5000);
      const { pid, startedAt } = podman.state(name);
      starts.push(at - startedAt);
      idleKib = residentKib(pid);
      const before = Date.now();
      process.kill(pid, 'SIGTERM');
      await expect(podman.wait(name)).resolves.toBe(0);
      expect(Date.now() - before).toBeLessThan(5000);
    }
    process.stderr.write(`\nready after ${starts.join(', ')} ms; idle at ${(idleKib / 1024).toFixed(0)} MiB\n`);
    const share = Math.max(1, loadavg()[0]! / availableParallelism());
    expect(Math.min(...starts)).toBeLessThan(MAX_START_MS * share);
    expect(idleKib).toBeLessThan(MAX_IDLE_KIB);
  }, 90_000);
});

describeWith(['qemu-aarch64-static'], 'on arm64, emulated', () => {
  test('it starts, with batched datagrams, and answers a Binding request', async () => {
    const root = join(folder, 'arm64');
    layout.extract('arm64', root);
    const { file, port } = await configured('arm64-emulated');
    const args = [join(root, 'usr/local/bin/node'), join(root, 'opt/stunnerd/stunnerd.cjs'), '-w', '-c', file];
    const relay = spawn('qemu-aarch64-static', ['-L', root, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let log = '';
    relay.stdout.on('data', data => (log += String(data)));
    try {
      await binding(port, 60_000);
      expect(log).toContain('recvmmsg and sendmmsg');
    } finally {
      relay.kill('SIGKILL');
    }
  }, 90_000);
});

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}
