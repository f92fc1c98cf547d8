import { existsSync, readFileSync } from 'node:fs';
import { Agent, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { KubeConnection } from './kube-connection';

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface KubeConfigOptions {
  /** Path of a kubeconfig. @default $KUBECONFIG, else the pod's service account, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** @default the kubeconfig's current one */
  readonly context?: string;
}

/** The API server that a kubeconfig or the pod's service account names. @throws if there is none. */
export function connect({ kubeconfig, context }: KubeConfigOptions): KubeConnection {
  const config = new KubeConfig();
  const isPod = kubeconfig === undefined && !process.env.KUBECONFIG && existsSync(TOKEN);
  if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
  else if (isPod) config.loadFromCluster();
  else config.loadFromDefault();
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const known = config.contexts.map(({ name }) => name).join(', ');
    throw new Error(
      `no such context (got ${config.getCurrentContext()}): one of ${known === '' ? 'a kubeconfig' : known}`,
    );
  }
  // Keeps connections, and takes certificates as they are now. Behind a proxy only the client's own will do.
  const isDirect = cluster.proxyUrl === undefined && cluster.server.startsWith('https:');
  const agent = isDirect ? new Agent({ keepAlive: true }) : undefined;
  return {
    server: cluster.server,
    isDirect,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    credentials: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      if (isPod) options.headers = { authorization: `Bearer ${podToken()}` };
      return agent === undefined ? options : { ...options, agent };
    },
  };
}

/** As it is now: the kubelet replaces it, and the client's own copy does not age while the clock is set back. */
function podToken(): string {
  return readFileSync(TOKEN, 'utf8').trim();
}
