import { UsageError } from './cli/flags';
import type { Options } from './cli/options';
import type { TurnUri } from './cli/turn-uri';
import type { ConfigListener, ConfigSource } from './config/config-source';
import { ManifestsSource } from './config/manifests-source';
import type { RelayConfig } from './config/relay-config';
import { StunnerdFileSource } from './config/stunnerd-file-source';

/** The source that the command line names. @throws UsageError if it is one this version cannot read. */
export function configSource({ origin, gateway, watch }: Options): ConfigSource {
  switch (origin.kind) {
    case 'manifests':
      return new ManifestsSource({ paths: origin.paths, gateway, watch });
    case 'file':
      return new StunnerdFileSource({ path: origin.path, watch });
    case 'uri':
      return new UriSource(origin.uri);
    default:
      throw new UsageError(
        `no configuration (got the origin ${origin.kind}, which this version cannot read): ` +
          '--manifests PATH, --config file://PATH or a turn:// URI',
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
