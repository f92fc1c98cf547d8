import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './assets';

const MODULE = 'github.com/l7mp/stunner-gateway-operator@v1.2.1';
const NAME = 'stunner-gateway-operator';

/**
 * STUNner's operator: the program that STUNNER_OPERATOR names, else built from its published module.
 *
 * @returns the program, or why there is none
 */
export function operatorProgram(): { readonly path: string } | { readonly missing: string } {
  const path = process.env.STUNNER_OPERATOR ?? built(NAME);
  if (existsSync(path)) return { path };
  const wanted = `STUNNER_OPERATOR, the path of a program built from ${MODULE}`;
  const cache = join(path, '..');
  mkdirSync(cache, { recursive: true });
  console.warn(`building ${NAME}, which takes minutes the first time`);
  const env = { ...process.env, GOBIN: cache };
  const { status, error, stderr } = spawnSync('go', ['install', MODULE], { env, encoding: 'utf8' });
  if (status === 0) return { path };
  const reason = error?.message ?? stderr.trim().split('\n').at(-1)?.trim();
  return { missing: `${wanted}; it cannot be built here: ${reason}` };
}

/** STUNner's operator as a child process that administers the cluster of a kubeconfig. */
export class Operator {
  private readonly child: ChildProcess;

  /** @param discoveryPort where relays ask for their configurations. */
  constructor(program: string, kubeconfig: string, discoveryPort: number) {
    const args = [
      ...['--kubeconfig', kubeconfig, '--config-discovery-address', `:${discoveryPort}`],
      ...['--metrics-bind-address', '0', '--health-probe-bind-address', '0'],
    ];
    const env = { ...process.env, STUNNER_GATEWAY_OPERATOR_ADDRESS: '127.0.0.1' };
    this.child = spawn(program, args, { env, stdio: process.env.OPERATOR_LOG === undefined ? 'ignore' : 'inherit' });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exited;
  }
}
