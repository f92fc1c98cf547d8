import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NEEDS_PODMAN } from './relay-command';

/** Programs, and the Debian packages that have them. */
const PROGRAMS = {
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  sysctl: 'procps',
  setpriv: 'util-linux',
  socat: 'socat',
  openssl: 'openssl',
  certutil: 'libnss3-tools',
  chromium: 'chromium',
  janus: 'janus',
} as const;

const PATHS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];

/** A suite of calls. Where something that it needs is missing, it is skipped, loudly. */
export function describeCalls(name: string, suite: () => void): void {
  const missing = missingHere();
  if (missing.length === 0) return describe(name, suite);
  process.stderr.write(`\nSKIPPED: ${name}\n  real calls need ${missing.join(', ')}\n`);
  describe.skip(`${name} (needs ${missing.join(', ')})`, suite);
}

/** What real calls need and this machine lacks. */
export function missingHere(): readonly string[] {
  const programs = { ...PROGRAMS, ...(NEEDS_PODMAN ? { podman: 'podman', runc: 'runc' } : {}) };
  const packages = Object.entries(programs).filter(([program]) => !isInstalled(program));
  return [
    ...(process.getuid?.() === 0 ? [] : ['to be root, for network namespaces']),
    ...packages.map(([program, from]) => `${program} (Debian package ${from})`),
  ];
}

function isInstalled(program: string): boolean {
  return PATHS.some(path => {
    try {
      accessSync(join(path, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
