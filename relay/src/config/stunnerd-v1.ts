import { HEALTH_PORT } from '../contract';
import { decodeBase64 } from './base64';
import { certificateFault } from './certificate';
import { DEFAULT_LOG_LEVEL, DEFAULT_REALM } from './defaults';
import { expandEnv, podAddress, type Environment } from './expand-env';
import { Field, quote } from './field';
import { parseDocuments } from './parse-documents';
import { parsePeerRange, sortedPeers } from './peer-range';
import { Problems } from './problems';
import { needsCertificate, PROTOCOLS, transportOf } from './protocol';
import { isHostName, validate } from './validate';
import type { Credential } from '../auth/credential';
import type { ConfigProblem } from './config-source';
import type { ClusterConfig, ListenerConfig, PeerRange, RelayConfig } from './relay-config';

const DEFAULT_PORT = 3478;
const ANY = '0.0.0.0';
/** What STUNner's operator writes for the address of the relay's node, until its discovery service knows the node. */
const NODE_ADDRESS = '__node_address_placeholder';

export type StunnerdResult =
  | { readonly config: RelayConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly problems: readonly ConfigProblem[] };

/**
 * Reads a stunnerd configuration, version `v1`, from JSON or YAML.
 *
 * It is trusted: its credential is the gateway's and reaches every cluster, and tenants' keys derived from a shared
 * secret reach the clusters of their namespace; `none` lets nobody in. `$NAME` and `${NAME}` are expanded in all texts but credentials. Keys it does not know are ignored.
 *
 * Whatever is wrong makes the whole configuration unusable, but for a certificate: that listener alone stays off.
 */
export function parseStunnerdConfig(text: string, env: Environment): StunnerdResult {
  const { values, problems } = parseDocuments(text);
  if (problems.length > 0) return { problems };
  if (values.length !== 1) {
    return { problems: [{ message: `not a configuration (got ${values.length} documents): one` }] };
  }
  return new StunnerdReader(values[0], env).read();
}

class StunnerdReader {
  private readonly problems = new Problems();
  private readonly warnings = new Problems();
  private readonly root: Field;
  private readonly env: Environment;

  constructor(value: unknown, env: Environment) {
    this.root = new Field(value, '', (field, message) => this.problems.add({ field, message }));
    this.env = { STUNNER_PORT: defaultPort(env.STUNNER_PUBLIC_PORT), ...env };
  }

  read(): StunnerdResult {
    const version = this.root.get('version');
    if (!['v1', 'v1alpha1', ''].includes(this.text(version, ''))) version.tell('unknown version: v1');
    const admin = this.root.get('admin');
    const auth = this.root.get('auth');
    const config: RelayConfig = {
      name: this.text(admin.get('name'), 'default-stunnerd'),
      realm: this.text(auth.get('realm'), DEFAULT_REALM),
      logLevel: this.text(admin.get('loglevel'), DEFAULT_LOG_LEVEL),
      ...this.healthEndpoint(admin.get('healthcheck_endpoint')),
      ...optional('metricsEndpoint', this.text(admin.get('metrics_endpoint'), '')),
      ...this.userQuota(admin.get('user_quota')),
      credentials: this.credentials(auth),
      listeners: (this.root.get('listeners').items() ?? []).map(listener => this.listener(listener)),
      clusters: (this.root.get('clusters').items() ?? []).map(cluster => this.cluster(cluster)),
    };
    if (!this.problems.isEmpty) return { problems: this.problems.list };
    const { problems, warnings } = validate(config);
    return problems.length > 0 ? { problems } : { config, warnings: [...this.warnings.list, ...warnings] };
  }

  /** Text with its environment filled in; `absent` if it is absent or empty. */
  private text(field: Field, absent: string): string {
    return expandEnv(field.string('') ?? '', this.env) || absent;
  }

  /** A port, or text whose environment is one. */
  private port(field: Field, absent?: number): number | undefined {
    if (!field.isText) return field.integer(1, 65535, absent);
    const text = this.text(field, '');
    if (text === '') return absent;
    if (/^\d{1,5}$/.test(text)) return Number(text);
    field.tell(`not a port (got ${quote(text)}): 1 to 65535`);
    return absent;
  }

  /** Absent means the default address; empty means off. */
  private healthEndpoint(field: Field): Pick<RelayConfig, 'healthEndpoint'> {
    return field.isAbsent
      ? { healthEndpoint: `http://:${HEALTH_PORT}` }
      : optional('healthEndpoint', this.text(field, ''));
  }

  /** 0 stands for none. */
  private userQuota(field: Field): Pick<RelayConfig, 'userQuota'> {
    const userQuota = field.integer(0, 0x7fffffff, 0);
    return userQuota === undefined || userQuota === 0 ? {} : { userQuota };
  }

  private credentials(auth: Field): readonly Credential[] {
    const scope = { kind: 'gateway' } as const;
    const type = auth.get('type');
    const keys = auth.get('credentials');
    switch (this.text(type, 'static').toLowerCase()) {
      case 'static':
      case 'plaintext': {
        const username = keys.get('username').required();
        const password = keys.get('password').required();
        if (username === undefined || password === undefined) return [];
        return [{ type: 'static', scope, username, password }];
      }
      case 'ephemeral':
      case 'longterm':
      case 'timewindowed': {
        const secret = keys.get('secret').required();
        if (secret === undefined) return [];
        // Only one secret can be given here, so that it is the master of tenants too.
        return [
          { type: 'ephemeral', scope, secrets: [secret] },
          { type: 'derived', masters: [secret] },
        ];
      }
      case 'none':
        return [];
      default:
        type.tell('unknown type: static, ephemeral or none');
        return [];
    }
  }

  private listener(field: Field): ListenerConfig {
    const protocol = field.get('protocol');
    const transport = transportOf(this.text(protocol, 'turn-udp'));
    if (transport === undefined)
      protocol.tell(`unknown protocol (got ${quote(this.text(protocol, ''))}): ${PROTOCOLS}`);
    const publicPort = this.port(field.get('public_port'));
    return {
      name: this.name(field),
      transport: transport ?? 'udp',
      port: this.port(field.get('port'), DEFAULT_PORT) ?? DEFAULT_PORT,
      address: this.address(field.get('address')),
      ...optional('publicAddress', this.text(field.get('public_address'), '')),
      ...(publicPort === undefined ? {} : { publicPort }),
      ...(transport !== undefined && needsCertificate(transport) ? this.certificate(field) : {}),
      routes: this.texts(field.get('routes')),
    };
  }

  /** To be advertised to clients. Any address means the pod's own, and so does a node's that has not been filled in. */
  private address(field: Field): string {
    const text = this.text(field, ANY);
    const isOpen = text === ANY || text === '::' || text === NODE_ADDRESS;
    return isOpen ? (podAddress(this.env) ?? ANY) : text;
  }

  private certificate(field: Field): Pick<ListenerConfig, 'certificate'> {
    const [cert, key] = ['cert', 'key'].map(name => decodeBase64(this.text(field.get(name), '')));
    const fault =
      cert === undefined || key === undefined ? 'not base64 of PEM: both cert and key' : certificateFault(cert, key);
    if (cert === '' && key === '') return {};
    if (fault === undefined) return { certificate: { cert: cert!, key: key! } };
    this.warnings.add({ field: `${field.path}.cert`, message: fault });
    return {};
  }

  private cluster(field: Field): ClusterConfig {
    const name = this.name(field);
    const type = this.text(field.get('type'), 'STATIC').toUpperCase();
    if (type !== 'STATIC' && type !== 'STRICT_DNS') field.get('type').tell('unknown type: STATIC or STRICT_DNS');
    const protocol = this.text(field.get('protocol'), 'udp').toLowerCase();
    if (protocol !== 'udp' && protocol !== 'tcp') field.get('protocol').tell('unknown protocol: UDP or TCP');
    const endpoints = field.get('endpoints');
    return {
      name,
      namespace: name.includes('/') ? name.slice(0, name.indexOf('/')) : '',
      protocol: protocol === 'tcp' ? 'tcp' : 'udp',
      ...(type === 'STRICT_DNS'
        ? { peers: [], hostnames: this.hostnames(endpoints) }
        : { peers: this.peers(endpoints) }),
    };
  }

  private peers(endpoints: Field): readonly PeerRange[] {
    const ranges = (endpoints.items() ?? []).flatMap(endpoint => {
      try {
        const text = endpoint.string('');
        if (text === undefined) return [];
        const { range, warning } = parsePeerRange(expandEnv(text, this.env));
        if (warning !== undefined) this.warnings.add({ field: endpoint.path, message: warning });
        return [range];
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        endpoint.tell(error.message);
        return [];
      }
    });
    return sortedPeers(ranges);
  }

  /** Names open all ports: one that asks for less is left out, for that could not be kept. */
  private hostnames(endpoints: Field): readonly string[] {
    return this.texts(endpoints).filter(name => {
      if (isHostName(name)) return true;
      const message = `left out (got ${quote(name)}): a host name without ports; give ports with addresses only`;
      this.warnings.add({ field: endpoints.path, message });
      return false;
    });
  }

  private name(field: Field): string {
    return expandEnv(field.get('name').required() ?? '', this.env);
  }

  /** The texts of a list, each once and sorted: order has no meaning in it. */
  private texts(list: Field): readonly string[] {
    return [...new Set((list.items() ?? []).map(item => this.text(item, '')))].filter(text => text !== '').sort();
  }
}

/** STUNNER_PORT unless the environment sets it. */
function defaultPort(publicPort: string | undefined): string {
  return publicPort !== undefined && /^\d+$/.test(publicPort) ? publicPort : String(DEFAULT_PORT);
}

function optional<K extends string>(key: K, text: string): Partial<Readonly<Record<K, string>>> {
  return text === '' ? {} : ({ [key]: text } as Record<K, string>);
}
