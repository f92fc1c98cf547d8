import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './scenario';

/** The server's CPU; the generator has another. */
const SERVER_CPU = '0';
const USER = { username: 'user', password: 'pass' };
const RELAY = join(__dirname, '..', 'dist', 'stunnerd.cjs');

export type ServerName = 'relay' | 'coturn' | 'turn-server';

export interface RunningServer {
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Servers that are there on this machine. */
export function installedServers(): ServerName[] {
  const names: ServerName[] = [];
  if (existsSync(RELAY)) names.push('relay');
  if (succeeds(() => execFileSync('turnserver', ['--version'], { stdio: 'ignore' }))) names.push('coturn');
  if (turnServerPackage() !== undefined) names.push('turn-server');
  return names;
}

/** Starts a server on one CPU and waits until it answers a Binding request. */
export async function startServer(name: ServerName, family: 4 | 6): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'turn-bench-'));
  const port = await freePort();
  const [command, ...args] = COMMANDS[name](port, folder, family);
  const child = spawn('taskset', ['-c', SERVER_CPU, command!, ...args], { stdio: 'ignore', cwd: folder });
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
  return { target: { port, ...USER }, pid: child.pid!, stop };
}

const COMMANDS: Readonly<Record<ServerName, (port: number, folder: string, family: 4 | 6) => string[]>> = {
  relay: (port, folder) => {
    const file = join(folder, 'relay.json');
    writeFileSync(file, JSON.stringify(relayConfig(port)));
    const addresses = ['--relay-address', '127.0.0.1', '--relay-address', '::1'];
    const loopback = ['--allow-peer', '127.0.0.0/8', '--allow-peer', '::1'];
    const limits = ['--allocations-per-source', '0', '--replies-per-second', '0', '--udp-thread-num', '1'];
    return [process.execPath, RELAY, '--config', `file://${file}`, ...addresses, ...loopback, ...limits];
  },
  coturn: (port, folder) => [
    ...['turnserver', '-n', '-m', '1', '-p', `${port}`, '-L', '127.0.0.1', '-L', '::1', '-E', '127.0.0.1', '-E', '::1'],
    ...['--no-cli', '--no-tls', '--no-dtls', '--no-software-attribute', '--allow-loopback-peers'],
    ...['-a', '-u', `${USER.username}:${USER.password}`, '-r', 'bench'],
    ...['--log-file', join(folder, 'log'), '--simple-log', '--pidfile', join(folder, 'pid')],
  ],
  'turn-server': (port, folder, family) => {
    const address = family === 4 ? '127.0.0.1' : '::1';
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

function relayConfig(port: number): unknown {
  return {
    version: 'v1',
    admin: { name: 'bench/relay', loglevel: 'all:WARN', healthcheck_endpoint: '' },
    auth: { type: 'static', realm: 'bench', credentials: USER },
    listeners: [{ name: 'udp', protocol: 'turn-udp', address: '127.0.0.1', port, routes: ['all'] }],
    clusters: [{ name: 'all', type: 'STATIC', endpoints: ['0.0.0.0/0', '::/0'] }],
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
      socket.send(binding, port, family === 4 ? '127.0.0.1' : '::1');
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
