import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { DEFAULT_RELAY_PORTS, type PortRange } from '../io/datagram';
import type { LogFormat } from '../log/logger';
import { isEndpoint, isLoopbackEndpoint } from '../admin/endpoint';
import { type Origins, parseOrigins } from '../nat-discovery/origins';
import { Endpoint } from '../net/endpoint';
import { Prefix } from '../peer/prefix';
import { podAddress } from '../config/expand-env';
import { DISCOVERY_PORT } from '../contract';
import type { AlternateServer } from '../turn/redirect';
import { alternateServerOf } from './alternate-server';
import { discoveryUrl, parseConfigOrigin, type ConfigOrigin } from './config-origin';
import { FLAGS } from './flag-table';
import { parseFlags, UsageError, type ParsedFlags } from './flags';
import { limitsOf, type LimitOptions } from './limit-flags';
import { isTurnUri, parseTurnUri } from './turn-uri';

/** The command line and the environment, read and checked. */
export interface Options extends LimitOptions {
  readonly command: 'run' | 'help' | 'version';
  /** `<namespace>/<gateway>`. */
  readonly id: string;
  /** The same, if it was named; manifests that hold one Gateway need no name. */
  readonly gateway?: string;
  readonly origin: ConfigOrigin;
  /** Serve Gateway API's own UDPRoute beside STUNner's. */
  readonly gatewayApiRoutes: boolean;
  /** Name of the node this runs on; tells the discovery service which address to fill in. */
  readonly node?: string;
  /** Follow changes of the configuration; else load it once. */
  readonly watch: boolean;
  readonly dryRun: boolean;
  /** Wins over the configuration's. */
  readonly logLevel?: string;
  readonly logFormat: LogFormat;
  /** 0: the relay decides. */
  readonly udpThreads: number;
  /** Microseconds from one look for datagrams to the next while many come. */
  readonly udpModeration: number;
  /** At most one of each family. @default the listener's, else one of this host's own */
  readonly relayAddresses: readonly string[];
  /** $STUNNER_ADDR, for listeners that have no address of their own. */
  readonly podAddress?: string;
  readonly relayPorts: PortRange;
  /** Where to answer NAT behaviour discovery (RFC 5780). */
  readonly natDiscovery?: Origins;
  /** Let clients move their allocations (RFC 8016). */
  readonly mobility: boolean;
  /** Where new clients are sent to while this relay drains. */
  readonly alternateServer?: AlternateServer;
  /** Exceptions from the never-allowed peer ranges. */
  readonly allowPeers: readonly Prefix[];
  /** Admin servers where no configuration names them. */
  readonly endpoints: EndpointOptions;
  readonly kubernetes: KubernetesOptions;
  /** What was left out, for the log. */
  readonly warnings: readonly string[];
}

/** Microseconds: less than the jitter of any network that is worth the name, and time for several datagrams to come. */
const UDP_MODERATION = 80;

/** URLs of the admin servers. */
export interface EndpointOptions {
  readonly health?: string;
  readonly metrics?: string;
  /** Of this host alone. */
  readonly iceTest?: string;
}

/** Where `stunnerd icetest` serves its page. */
export const ICE_TEST = 'http://127.0.0.1:8089';

/** How to reach the Kubernetes API, for the origin `kubernetes`. */
export interface KubernetesOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** Namespace of the discovery service. */
  readonly discoveryNamespace?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a command line of `stunnerd`, without the program's name. Flags win over the environment; unknown flags are left
 * out with a warning. @throws UsageError if a value cannot be used.
 */
export function parseOptions(argv: readonly string[], env: Environment, host = hostname()): Options {
  const [word, ...others] = argv;
  const isIceTest = word === 'icetest';
  const flags = parseFlags(isIceTest ? others : argv, FLAGS, isTurnUri);
  const gateway = gatewayOf(flags, env);
  const command = flags.isOn('help') ? 'help' : flags.isOn('version') ? 'version' : 'run';
  return {
    command,
    id: gateway ?? `default/stunnerd-${host}`,
    gateway,
    origin: isIceTest && !namesOrigin(flags, env) ? THIS_HOST : originOf(flags, env),
    gatewayApiRoutes: flags.isOn('gateway-api-routes'),
    node: nonEmpty(env.STUNNER_NODENAME),
    watch: flags.isOn('watch'),
    dryRun: flags.isOn('dry-run'),
    logLevel: nonEmpty(flags.value('log')) ?? (flags.isOn('verbose') ? 'all:DEBUG' : undefined),
    logFormat: logFormatOf(flags),
    udpThreads: integerOf('--udp-thread-num', flags.value('udp-thread-num') ?? '0', 0, 1024),
    udpModeration: integerOf('--udp-moderation', flags.value('udp-moderation') ?? `${UDP_MODERATION}`, 0, 1000),
    relayAddresses: relayAddressesOf(flags),
    podAddress: podAddress(env),
    relayPorts: relayPortsOf(flags.value('relay-ports')),
    natDiscovery: natDiscoveryOf(nonEmpty(flags.value('nat-discovery'))),
    mobility: flags.isOn('mobility'),
    alternateServer: alternateServerOf(flags.all('alternate-server'), nonEmpty(flags.value('alternate-domain'))),
    ...limitsOf(flags, integerOf),
    allowPeers: flags.all('allow-peer').map(prefixOf),
    endpoints: {
      health: endpointOf('--health-endpoint', flags.value('health-endpoint')),
      metrics: endpointOf('--metrics-endpoint', flags.value('metrics-endpoint')),
      iceTest: iceTestEndpointOf(flags.value('icetest-endpoint') ?? (isIceTest ? ICE_TEST : undefined)),
    },
    kubernetes: {
      kubeconfig: flags.value('kubeconfig'),
      context: flags.value('context'),
      namespace: flags.value('namespace'),
      discoveryNamespace: flags.value('cds-server-namespace') ?? nonEmpty(env.CDS_SERVER_NAMESPACE),
    },
    warnings: flags.unknown.map(flag => `unknown flag ${flag}: ignored`),
  };
}

function gatewayOf(flags: ParsedFlags, env: Environment): string | undefined {
  const id = flags.value('id');
  if (id !== undefined) {
    if (/^[^/\s]+\/[^/\s]+$/.test(id)) return id;
    throw new UsageError(`--id is not a gateway (got ${id}): NAMESPACE/NAME, such as stunner/stunner-gateway`);
  }
  const { STUNNER_NAMESPACE, STUNNER_NAME } = env;
  const named = nonEmpty(STUNNER_NAMESPACE) !== undefined && nonEmpty(STUNNER_NAME) !== undefined;
  return named ? `${STUNNER_NAMESPACE}/${STUNNER_NAME}` : undefined;
}

/** What `stunnerd icetest` serves where nothing else is named: a listener that nobody else has the password of. */
const THIS_HOST: ConfigOrigin = {
  kind: 'uri',
  uri: {
    username: 'icetest',
    password: randomBytes(24).toString('base64'),
    host: '0.0.0.0',
    port: 3478,
    transport: 'udp',
  },
};

function namesOrigin(flags: ParsedFlags, { STUNNER_CONFIG_ORIGIN, CDS_SERVER_ADDR }: Environment): boolean {
  const given = [flags.value('config'), flags.value('cds-server-address'), STUNNER_CONFIG_ORIGIN, CDS_SERVER_ADDR];
  return flags.positionals.length > 0 || flags.all('manifests').length > 0 || given.some(Boolean);
}

/** A TURN URI, manifests or `--config`, one of them only; else the environment; else a discovery service on this host. */
function originOf(flags: ParsedFlags, env: Environment): ConfigOrigin {
  const [uri, ...others] = flags.positionals;
  const manifests = flags.all('manifests');
  const config = nonEmpty(flags.value('config'));
  if (others.length > 0) {
    throw new UsageError(`too many arguments (got ${flags.positionals.length}): one TURN URI, or none`);
  }
  const given = [uri && 'a TURN URI', manifests[0] && '--manifests', config && '--config'].filter(Boolean);
  if (given.length > 1) {
    throw new UsageError(`more than one configuration (got ${given.join(' and ')}): choose one of them`);
  }
  if (uri !== undefined) return { kind: 'uri', uri: parseTurnUri(uri) };
  if (manifests.length > 0) return { kind: 'manifests', paths: manifests };
  return discoveredOrigin(config ?? nonEmpty(env.STUNNER_CONFIG_ORIGIN), flags, env);
}

/** A known discovery service stands in for `k8s`, and for an origin that is not told. */
function discoveredOrigin(origin: string | undefined, flags: ParsedFlags, env: Environment): ConfigOrigin {
  const address = flags.value('cds-server-address') ?? nonEmpty(env.CDS_SERVER_ADDR);
  const portText = flags.value('cds-server-port') ?? nonEmpty(env.CDS_SERVER_PORT) ?? String(DISCOVERY_PORT);
  const port = integerOf('--cds-server-port', portText, 1, 65_535);
  if (address !== undefined && (origin === undefined || origin === 'k8s')) {
    return { kind: 'discovery', url: discoveryUrl(address, port) };
  }
  return parseConfigOrigin(origin ?? `:${DISCOVERY_PORT}`);
}

function logFormatOf(flags: ParsedFlags): LogFormat {
  const format = flags.value('log-format') ?? 'text';
  if (format === 'text' || format === 'json') return format;
  throw new UsageError(`--log-format is unknown (got ${format}): text or json`);
}

function relayAddressesOf(flags: ParsedFlags): readonly string[] {
  const addresses = flags.all('relay-address');
  const endpoints = addresses.map(address => {
    const endpoint = isIP(address) === 0 || address.includes('%') ? undefined : Endpoint.of(address);
    if (endpoint !== undefined && !endpoint.isUnspecified) return endpoint;
    throw new UsageError(
      `--relay-address is not an address that peers can answer (got ${address}): an IPv4 or IPv6 address`,
    );
  });
  if (new Set(endpoints.map(({ family }) => family)).size < endpoints.length) {
    throw new UsageError(
      `two --relay-address of one family (got ${addresses.join(', ')}): one IPv4 and one IPv6 address`,
    );
  }
  return addresses;
}

/** RFC 8656 7.2: never a well-known port. */
function relayPortsOf(text: string | undefined): PortRange {
  if (text === undefined) return DEFAULT_RELAY_PORTS;
  const [, min, max] = (/^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (min !== undefined && max !== undefined && min >= 1024 && min <= max && max <= 65_535) return { min, max };
  throw new UsageError(`--relay-ports is not a range (got ${text}): MIN-MAX within 1024-65535, such as 49152-65535`);
}

function natDiscoveryOf(text: string | undefined): Origins | undefined {
  try {
    return text === undefined ? undefined : parseOrigins(text);
  } catch (error) {
    throw new UsageError(`--nat-discovery: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function prefixOf(text: string): Prefix {
  try {
    return Prefix.parse(text);
  } catch (error) {
    throw new UsageError(`--allow-peer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function endpointOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || isEndpoint(text)) return nonEmpty(text);
  throw new UsageError(`${flag} is not readable (got ${text}): http://[HOST]:PORT[/PATH]`);
}

/** The page hands out credentials, so that nobody else may ask for it. */
function iceTestEndpointOf(text: string | undefined): string | undefined {
  const endpoint = endpointOf('--icetest-endpoint', text);
  if (endpoint === undefined || isLoopbackEndpoint(endpoint)) return endpoint;
  throw new UsageError(
    `--icetest-endpoint can be reached from elsewhere (got ${endpoint}): a loopback address, such as ${ICE_TEST}; forward its port to yourself`,
  );
}

function integerOf(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} is out of range (got ${text}): a whole number from ${min} to ${max}`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
