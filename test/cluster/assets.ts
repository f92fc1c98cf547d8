import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(__dirname, '..', '..', '.cache');

/** Programs that tests run against, and what is missing of them. */
export interface Assets {
  readonly etcd: string;
  readonly apiServer: string;
}

/**
 * etcd and kube-apiserver: from the folder that KUBEBUILDER_ASSETS names, else etcd from the PATH and kube-apiserver
 * built from its published module, which takes some minutes the first time.
 *
 * @returns the programs, or what is needed for them
 */
export function controlPlaneAssets(): Assets | string {
  const { KUBEBUILDER_ASSETS: given } = process.env;
  if (given !== undefined) return { etcd: join(given, 'etcd'), apiServer: join(given, 'kube-apiserver') };
  const etcd = onPath('etcd');
  if (etcd === undefined) return 'etcd on the PATH (Debian: etcd-server), or KUBEBUILDER_ASSETS';
  const apiServer = join(CACHE, 'kube-apiserver');
  if (existsSync(apiServer)) return { etcd, apiServer };
  const missing = buildWithGo('kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver');
  return missing ?? { etcd, apiServer };
}

/**
 * Builds a Go program of the folder of its name into the cache.
 *
 * @returns what is missing, if it cannot be built here
 */
export function buildWithGo(name: string, target = '.'): string | undefined {
  if (onPath('go') === undefined) return 'Go (1.21 or newer; it fetches the version that is asked for)';
  mkdirSync(CACHE, { recursive: true });
  console.warn(`building ${name}, which takes minutes the first time`);
  const cwd = join(__dirname, name);
  const { status, stderr } = spawnSync('go', ['build', '-o', join(CACHE, name), target], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} cannot be built: ${stderr}`);
  return undefined;
}

/** Where `buildWithGo` puts a program. */
export function built(name: string): string {
  return join(CACHE, name);
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map(folder => join(folder, program))
    .find(existsSync);
}
