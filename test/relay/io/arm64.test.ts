import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { Found, type ProbeReport } from './batched-probe-report';

const ROOT = join(__dirname, '../../..');
const QEMU = 'qemu-aarch64-static';

/** What the batched calls do on every machine that they are offered on. */
const EVERYWHERE: Omit<ProbeReport, 'architecture'> = {
  isLow: true,
  selfTest: { segmentation: true },
  ipv4: Found.AsItShouldBe,
  ipv6: Found.AsItShouldBe,
  answersFrom: ['127.0.0.1', '127.0.0.2'],
  icmp: ['127.0.0.1 type 3 code 3', '127.0.0.1 type 3 code 3'],
};

function build(outfile: string): void {
  const entryPoints = [join(__dirname, 'batched-probe.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external: ['koffi'] });
}

describe('batched datagrams, memory layouts and all, do the same', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'relay-machine-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('on this machine', () => {
    const probe = join(ROOT, 'relay/dist', `probe-${process.pid}.cjs`);
    try {
      build(probe);
      const report = JSON.parse(execFileSync(process.execPath, [probe], { encoding: 'utf8' })) as ProbeReport;
      expect(report).toEqual({ architecture: process.arch, ...EVERYWHERE });
    } finally {
      rmSync(probe, { force: true });
    }
  });

  if (spawnSync(QEMU, ['--version']).error === undefined) {
    test('on arm64, emulated, with the Node, the C library and the koffi of the image', () => {
      const image = ['relay/image/main.ts', '--platform', 'arm64', '--rootfs', folder];
      execFileSync(process.execPath, ['--import', 'tsx', ...image], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
      const rootfs = join(folder, 'arm64');
      const probe = join(rootfs, 'opt/stunnerd/probe.cjs');
      build(probe);
      const node = join(rootfs, 'usr/local/bin/node');
      const report = execFileSync(QEMU, ['-L', rootfs, node, probe], { encoding: 'utf8', timeout: 100_000 });
      expect(JSON.parse(report)).toEqual({ architecture: 'arm64', ...EVERYWHERE });
    }, 120_000);
  } else {
    process.stderr.write(
      `\nSKIPPED: batched datagrams on arm64\n  it needs ${QEMU} (Debian package qemu-user-static)\n`,
    );
    test.skip(`on arm64 (needs ${QEMU}, Debian package qemu-user-static)`, () => undefined);
  }
});
