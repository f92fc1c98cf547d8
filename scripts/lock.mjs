// Completes package-lock.json. npm leaves out optional packages of other platforms when the registry it asked has none of
// them, and `npm ci` then refuses the lock. They are named here by version and platform, for npm to pass over or install.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const PLATFORM =
  /-(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(gnu|musl|msvc|gnueabihf|musleabihf|eabi))?$/;

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    const platform = PLATFORM.exec(name);
    if (platform === null || places.some(place => place in lock.packages)) continue;
    const [, os, cpu, abi] = platform;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(dev && { dev }),
      ...(os === 'linux' && abi?.startsWith('gnu') && { libc: ['glibc'] }),
      ...(os === 'linux' && abi?.startsWith('musl') && { libc: ['musl'] }),
      optional: true,
      os: [os],
    };
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
