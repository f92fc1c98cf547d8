import { UsageError } from './cli/flags';
import type { Options } from './cli/options';
import type { TurnUri } from './cli/turn-uri';
import type { ConfigListener, ConfigSource } from './config/config-source';
import { ManifestsSource } from './config/manifests-source';
import { DiscoverySource } from './config/discovery-source';
import type { RelayConfig } from './config/relay-config';
import { StunnerdFileSource } from './config/stunnerd-file-source';

/** The source that the command line names. @throws UsageError if it is one this version cannot read. */
export function configSource({ origin, gateway, id, node, watch, endpoints }: Options): ConfigSource {
  switch (origin.kind) {
    case 'manifests':
      return new ManifestsSource({
        paths: origin.paths,
        gateway,
        watch,
        healthEndpoint: endpoints.health ?? '',
        metricsEndpoint: endpoints.metrics ?? '',
      });
    case 'file':
      return new StunnerdFileSource({ path: origin.path, watch });
    case 'discovery':
      return new DiscoverySource({ url: origin.url, id, node, watch });
    case 'uri':
      return new UriSource(origin.uri);
    case 'kubernetes':
      throw new UsageError(
        'no configuration (got the origin k8s, which this version cannot read): ' +
          '--config HOST:PORT of a discovery service, --config file://PATH, --manifests PATH or a turn:// URI',
      );
  }
}

/** One listener and one user, told on the command line. Without routes it answers Binding and relays to nobody. */
class UriSource implements ConfigSource {
  constructor(private readonly uri: TurnUri) {}

  async start(listener: ConfigListener): Promise<void> {
    listener.config(uriConfig(this.uri), []);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function uriConfig({ username, password, host, port, transport }: TurnUri): RelayConfig {
  const name = 'default/stunnerd';
  return {
    name,
    realm: 'stunner.l7mp.io',
    logLevel: 'all:INFO',
    credentials: [{ type: 'static', scope: { kind: 'gateway' }, username, password }],
    listeners: [{ name: `${name}/${transport}`, transport, port, address: host, routes: [] }],
    clusters: [],
  };
}
