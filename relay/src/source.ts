import { UsageError } from './cli/flags';
import type { KubernetesOptions, Options } from './cli/options';
import type { TurnUri } from './cli/turn-uri';
import { ClusterStatus } from './cluster-status/cluster-status';
import { ClusterSource } from './config/cluster/cluster-source';
import { kubeApi } from './config/cluster/kube-access';
import type { KubeApi } from './config/cluster/kube-api';
import type { ConfigListener, ConfigSource } from './config/config-source';
import { ManifestsSource } from './config/manifests-source';
import { DiscoverySource } from './config/discovery-source';
import type { RelayConfig } from './config/relay-config';
import { StunnerdFileSource } from './config/stunnerd-file-source';
import { HEALTH_PORT, METRICS_PORT } from './contract';
import type { Log } from './log/logger';

/** The source that the command line names. @throws UsageError if it cannot be used. */
export function configSource(options: Options, log: Log): ConfigSource {
  const { origin, gateway, gatewayApiRoutes, podAddress, id, node, watch, endpoints } = options;
  switch (origin.kind) {
    case 'manifests':
      return new ManifestsSource({
        paths: origin.paths,
        gateway,
        gatewayApiRoutes,
        watch,
        relayAddress: podAddress,
        healthEndpoint: endpoints.health ?? '',
        metricsEndpoint: endpoints.metrics ?? '',
      });
    case 'file':
      return new StunnerdFileSource({ path: origin.path, watch });
    case 'discovery':
      return new DiscoverySource({ url: origin.url, id, node, watch });
    case 'uri':
      return new UriSource(uriConfig(origin.uri, podAddress));
    case 'kubernetes':
      return clusterSource(options, log);
  }
}

function clusterSource(options: Options, log: Log): ConfigSource {
  const { gateway, gatewayApiRoutes, podAddress, watch, endpoints, kubernetes } = options;
  const api = apiOf(kubernetes);
  // The Lease, by which one of several replicas is elected to write status, has the name of the Gateway.
  const writesStatus = watch && gateway !== undefined;
  return new ClusterSource({
    api,
    namespace: kubernetes.namespace,
    gateway,
    gatewayApiRoutes,
    watch,
    relayAddress: podAddress,
    healthEndpoint: endpoints.health ?? `http://:${HEALTH_PORT}`,
    metricsEndpoint: endpoints.metrics ?? `http://:${METRICS_PORT}/metrics`,
    observers: writesStatus ? [new ClusterStatus({ api, gateway, logger: log.scope('cluster') })] : [],
  });
}

function apiOf(options: KubernetesOptions): KubeApi {
  try {
    return kubeApi(options);
  } catch (error) {
    throw new UsageError(`no Kubernetes API: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One listener and one user, told on the command line. Without routes it answers Binding and relays to nobody. */
class UriSource implements ConfigSource {
  constructor(private readonly only: RelayConfig) {}

  async start(listener: ConfigListener): Promise<void> {
    listener.config(this.only, []);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function uriConfig({ username, password, host, port, transport }: TurnUri, podAddress?: string): RelayConfig {
  const name = 'default/stunnerd';
  const address = host === '0.0.0.0' || host === '::' ? (podAddress ?? host) : host;
  return {
    name,
    realm: 'stunner.l7mp.io',
    logLevel: 'all:INFO',
    credentials: [{ type: 'static', scope: { kind: 'gateway' }, username, password }],
    listeners: [{ name: `${name}/${transport}`, transport, port, address, routes: [] }],
    clusters: [],
  };
}
