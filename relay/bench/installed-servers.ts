import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Scenario } from './scenario';

export const SERVER_NAMES = ['relay', 'coturn', 'pion', 'turn-server', 'node-turn'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** The program, or the module, of each. */
const programs: Record<ServerName, string> = {
  relay: join(__dirname, '..', 'dist', 'stunnerd.cjs'),
  coturn: 'turnserver',
  pion: join(__dirname, '..', '..', '.cache', 'bench-pion'),
  'turn-server': packageFile('turn-server', 'index.js'),
  'node-turn': packageFile('node-turn', join('lib', 'server.js')),
};

/** Those that were chosen by `useProgram`. */
const chosen = new Set<ServerName>();

export function programOf(name: ServerName): string {
  return programs[name];
}

/** Takes another program or module than the usual. @throws Error if the text is not NAME=FILE */
export function useProgram(text: string): void {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (!isServerName(name)) {
    throw new Error(`not a server and its program (got ${text}): NAME=FILE, the name ${SERVER_NAMES.join(', ')}`);
  }
  programs[name] = resolve(file!);
  chosen.add(name);
}

export function isServerName(name: string | undefined): name is ServerName {
  return (SERVER_NAMES as readonly (string | undefined)[]).includes(name);
}

/** Servers that are there on this machine. */
export function installedServers(): ServerName[] {
  return SERVER_NAMES.filter(name => {
    if (name === 'coturn') return succeeds(() => execFileSync(programs.coturn, ['--version'], { stdio: 'ignore' }));
    if (name === 'pion' && !chosen.has(name)) buildPion();
    return existsSync(programs[name]);
  });
}

/** Whether a server has what the scenario needs. */
export function canRun(name: ServerName, { transport, family }: Scenario): boolean {
  return name !== 'node-turn' || (transport === 'udp' && family === 4);
}

/** Where Go and the module's dependencies are to be had. */
function buildPion(): void {
  const cwd = join(__dirname, 'pion');
  succeeds(() => execFileSync('go', ['build', '-o', programs.pion, '.'], { cwd, stdio: 'ignore' }));
}

/** A file of a package, whether its `exports` name it or not; where the package would be if it is not installed. */
function packageFile(name: string, file: string): string {
  const roots = createRequire(__filename).resolve.paths(name) ?? [];
  const files = roots.map(root => join(root, name, file));
  return files.find(each => existsSync(each)) ?? files[0]!;
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
