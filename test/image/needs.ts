import { spawnSync } from 'node:child_process';

/** Programs, and the Debian packages that have them. */
const PACKAGES = { podman: 'podman', runc: 'runc', 'qemu-aarch64-static': 'qemu-user-static' } as const;

/** Tests that run an image. Where a program that they need is missing, they are skipped, loudly. */
export function describeWith(programs: readonly (keyof typeof PACKAGES)[], name: string, suite: () => void): void {
  const missing = programs.filter(program => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length === 0) return describe(name, suite);
  const needs = missing.map(program => `${program} (Debian package ${PACKAGES[program]})`).join(', ');
  process.stderr.write(`\nSKIPPED: ${name}\n  it needs ${needs}\n`);
  describe.skip(`${name} (needs ${needs})`, suite);
}
