import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK, type Target } from './scenario';

const USER = { username: 'user', password: 'pass' };
const RELAY = join(__dirname, '..', 'dist', 'stunnerd.cjs');
const PION = join(__dirname, '..', '..', '.cache', 'bench-pion');

export type ServerName = 'relay' | 'coturn' | 'pion' | 'turn-server';

export interface ServerOptions {
  readonly family: 4 | 6;
  /** CPUs it may run on, as taskset writes them. @default 0: the generator has another */
  readonly cpus?: string;
  /** Threads for UDP clients. @default 1 */
  readonly threads?: number;
  /** Command line of Node itself, for the relay. */
  readonly nodeFlags?: readonly string[];
}

export interface RunningServer {
  readonly target: Target;
  readonly pid: number;
  /** What it has written to its standard output so far. */
  readonly output: () => string;
  /** Gives the relay a configuration that differs from the last one in a route without traffic. */
  readonly reconfigure: () => void;
  stop(): Promise<void>;
}

/** Servers that are there on this machine. */
export function installedServers(): ServerName[] {
  const names: ServerName[] = [];
  if (existsSync(RELAY)) names.push('relay');
  if (succeeds(() => execFileSync('turnserver', ['--version'], { stdio: 'ignore' }))) names.push('coturn');
  if (builtPion()) names.push('pion');
  if (turnServerPackage() !== undefined) names.push('turn-server');
  return names;
}

/** Needs Go, and the module's dependencies. */
function builtPion(): boolean {
  const cwd = join(__dirname, 'pion');
  return existsSync(PION) || succeeds(() => execFileSync('go', ['build', '-o', PION, '.'], { cwd, stdio: 'ignore' }));
}

/** Starts a server and waits until it answers a Binding request. */
export async function startServer(name: ServerName, options: ServerOptions): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'turn-bench-'));
  const port = await freePort();
  const { family, cpus = '0' } = options;
  const [command, ...args] = COMMANDS[name](port, folder, options);
  const child = spawn('taskset', ['-c', cpus, command!, ...args], { stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
  let version = 0;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
  try {
    await waitUntilAnswering(child, port, family);
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${String(error)}`, { cause: error });
  }
  return {
    target: { port, ...USER },
    pid: child.pid!,
    output: () => output,
    reconfigure: () => writeFileSync(configFile(folder), JSON.stringify(relayConfig(port, ++version))),
    stop,
  };
}

const configFile = (folder: string): string => join(folder, 'relay.json');

const COMMANDS: Readonly<Record<ServerName, (port: number, folder: string, options: ServerOptions) => string[]>> = {
  relay: (port, folder, { threads = 1, nodeFlags = [] }) => {
    const file = configFile(folder);
    writeFileSync(file, JSON.stringify(relayConfig(port, 0)));
    const addresses = ['--relay-address', '127.0.0.1', '--relay-address', '::1'];
    const loopback = ['--allow-peer', '127.0.0.0/8', '--allow-peer', '::1'];
    const limits = ['--allocations-per-source', '0', '--replies-per-second', '0', '--udp-thread-num', `${threads}`];
    const source = ['--config', `file://${file}`, '--watch'];
    return [process.execPath, ...nodeFlags, RELAY, ...source, ...addresses, ...loopback, ...limits];
  },
  coturn: (port, folder, { threads = 1 }) => [
    ...[
      'turnserver',
      '-n',
      '-m',
      `${threads}`,
      '-p',
      `${port}`,
      '-L',
      '127.0.0.1',
      '-L',
      '::1',
      '-E',
      '127.0.0.1',
      '-E',
      '::1',
    ],
    ...['--no-cli', '--no-tls', '--no-dtls', '--no-software-attribute', '--allow-loopback-peers'],
    ...['-a', '-u', `${USER.username}:${USER.password}`, '-r', 'bench'],
    ...['--log-file', join(folder, 'log'), '--simple-log', '--pidfile', join(folder, 'pid')],
  ],
  pion: (port, _, { family }) => [
    ...[PION, '-address', LOOPBACK[family], '-port', `${port}`],
    ...['-username', USER.username, '-password', USER.password],
  ],
  'turn-server': (port, folder, { family }) => {
    const address = LOOPBACK[family];
    const file = join(folder, 'server.mjs');
    const options = {
      auth: { mechanism: 'long-term', realm: 'bench', credentials: { [USER.username]: USER.password } },
      relay: { ip: address, externalIp: address },
    };
    const script =
      `import { createServer } from ${JSON.stringify(turnServerPackage())};` +
      `createServer(${JSON.stringify(options)}).listen([{ port: ${port}, address: '${address}', transport: 'udp' }]);`;
    writeFileSync(file, script);
    return [process.execPath, file];
  },
};

function relayConfig(port: number, version: number): unknown {
  return {
    version: 'v1',
    admin: { name: 'bench/relay', loglevel: 'all:WARN', healthcheck_endpoint: '' },
    auth: { type: 'static', realm: 'bench', credentials: USER },
    listeners: [{ name: 'udp', protocol: 'turn-udp', address: '127.0.0.1', port, routes: ['all', 'idle'] }],
    clusters: [
      { name: 'all', type: 'STATIC', endpoints: ['0.0.0.0/0', '::/0'] },
      { name: 'idle', type: 'STATIC', endpoints: [`10.0.0.${version & 0xff}/32`] },
    ],
  };
}

async function waitUntilAnswering(child: ChildProcess, port: number, family: 4 | 6): Promise<void> {
  const binding = Buffer.from('000100002112a442000000000000000000000001', 'hex');
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  const answers: Buffer[] = [];
  socket.on('message', answer => answers.push(answer)).on('error', () => undefined);
  try {
    for (let i = 0; i < 100 && answers.length === 0; i++) {
      if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
      socket.send(binding, port, LOOPBACK[family]);
      await sleep(50);
    }
  } finally {
    socket.close();
  }
  if (answers.length === 0) throw new Error('no answer to a Binding request within five seconds');
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp6').bind(0, '::');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Its entry, which is an ES module. */
function turnServerPackage(): string | undefined {
  const roots = createRequire(__filename).resolve.paths('turn-server') ?? [];
  return roots.map(root => join(root, 'turn-server', 'index.js')).find(file => existsSync(file));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
