import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerName } from './installed-servers';
import { writeRelayConfig } from './relay-config';
import { LOOPBACK, type Target } from './scenario';
import { COMMANDS, type Place, type ServerOptions, USER } from './server-commands';

export interface RunningServer {
  readonly target: Target;
  readonly pid: number;
  /** What it has written to its standard output so far. */
  readonly output: () => string;
  /** Gives the relay a configuration that differs from the last one in a route without traffic. */
  readonly reconfigure: () => void;
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers a Binding request. */
export async function startServer(name: ServerName, options: ServerOptions): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'turn-bench-'));
  const port = await freePort();
  const { family, cpus = '0', transport } = options;
  const certificate = transport === 'tls' ? makeCertificate(folder) : undefined;
  const place: Place = { ...options, port, folder, certificate };
  let version = 0;
  if (name === 'relay') writeRelayConfig(place, version);
  const command = ['-c', cpus, ...COMMANDS[name](place)];
  const child = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
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
    reconfigure: () => writeRelayConfig(place, ++version),
    stop,
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

/** Self-signed, for an elliptic curve. */
function makeCertificate(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const args = ['req', '-x509', '-subj', '/CN=turn.example.org', '-days', '2', ...curve];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}
