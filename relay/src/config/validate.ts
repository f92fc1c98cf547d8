import { isIP } from 'node:net';
import { Problems } from './problems';
import { quote } from './field';
import { arePorts, isPrefix } from './peer-range';
import { layer4, needsCertificate } from './protocol';
import type { Credential } from '../auth/credential';
import type { ConfigProblem } from './config-source';
import type { ClusterConfig, ListenerConfig, RelayConfig } from './relay-config';

export interface Validation {
  /** What makes the configuration unusable; empty if it may run. */
  readonly problems: readonly ConfigProblem[];
  /** What stays off while the rest runs. */
  readonly warnings: readonly ConfigProblem[];
}

/** Checks what types do not say, so that nothing but the host itself can make a configuration fail. */
export function validate(config: RelayConfig): Validation {
  const problems = new Problems();
  const warnings = new Problems();
  const tell = (field: string, message: string): void => problems.add({ field, message });

  if (config.name === '') tell('name', 'empty: <namespace>/<gateway>');
  checkRealm(config.realm, tell);
  checkAdmin('healthEndpoint', config.healthEndpoint, tell);
  checkAdmin('metricsEndpoint', config.metricsEndpoint, tell);
  config.credentials.forEach((credential, i) => checkCredential(`credentials[${i}]`, credential, tell));
  config.listeners.forEach((listener, i) => {
    checkListener(`listeners[${i}]`, listener, tell);
    if (needsCertificate(listener.transport) && listener.certificate === undefined) {
      const message = `no certificate for ${listener.transport} listener ${quote(listener.name)}: the listener stays off`;
      warnings.add({ field: `listeners[${i}].certificate`, message });
    }
  });
  config.clusters.forEach((cluster, i) => {
    if (!SOUND.has(cluster)) checkCluster(`clusters[${i}]`, cluster, tell);
  });
  checkUnique('listeners', config.listeners, tell);
  checkUnique('clusters', config.clusters, tell);
  checkPorts(config, tell);
  return { problems: problems.list, warnings: warnings.list };
}

type Tell = (field: string, message: string) => void;

/** RFC 8489 14.9: fewer than 128 characters; it travels as a quoted string. */
function checkRealm(realm: string, tell: Tell): void {
  if (realm === '' || Array.from(realm).length > 127 || /[\p{Cc}"\\]/u.test(realm)) {
    tell('realm', `not a realm (got ${quote(realm)}): 1 to 127 characters without quotes, such as turn.example.org`);
  }
}

const ADMIN_URL = /^http:\/\/(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#[\]]*)(?::(?<port>\d{1,5}))?(?:\/[^\s?#]*)?$/;

/** Port of `http://[host][:port][/path]`; undefined if it is no such URL. */
function adminPort(url: string): number | undefined {
  const match = ADMIN_URL.exec(url);
  if (match === null) return undefined;
  const port = Number(match.groups?.port ?? 80);
  return isPort(port) ? port : undefined;
}

function checkAdmin(field: string, url: string | undefined, tell: Tell): void {
  if (url === undefined || adminPort(url) !== undefined) return;
  tell(
    field,
    `not an address to listen at (got ${quote(url)}): http://[host]:port[/path]; leave it out to switch it off`,
  );
}

/** RFC 8489 14.3: a user name has fewer than 509 bytes. */
function checkCredential(field: string, credential: Credential, tell: Tell): void {
  if (credential.type !== 'derived') {
    const { scope } = credential;
    if (scope.kind === 'route' && scope.credential === '')
      tell(`${field}.scope.credential`, 'empty: <namespace>/<secret>');
    if (scope.kind === 'tenant' && scope.namespace === '') tell(`${field}.scope.namespace`, 'empty: a namespace');
  }
  if (credential.type === 'static') {
    const length = Buffer.byteLength(credential.username);
    if (length < 1 || length > 508) tell(`${field}.username`, `wrong length (got ${length} bytes): 1 to 508`);
    if (credential.password === '') tell(`${field}.password`, 'empty: a password');
    return;
  }
  const [key, secrets] =
    credential.type === 'ephemeral'
      ? (['secrets', credential.secrets] as const)
      : (['masters', credential.masters] as const);
  if (secrets.length === 0) tell(`${field}.${key}`, 'none: at least one secret');
  secrets.forEach((secret, i) => {
    if (secret === '') tell(`${field}.${key}[${i}]`, 'empty: a secret');
  });
}

const HOST = /^(?=.{1,253}$)[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9])?)*\.?$/;

/** Whether a text may be looked up as a host name; an address in digits is not one. */
export function isHostName(text: string): boolean {
  return HOST.test(text) && !/(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(text);
}

function checkListener(field: string, listener: ListenerConfig, tell: Tell): void {
  if (listener.name === '') tell(`${field}.name`, 'empty: <namespace>/<gateway>/<listener>');
  if (!isPort(listener.port)) tell(`${field}.port`, `out of range (got ${listener.port}): 1 to 65535`);
  const { publicPort, address } = listener;
  if (publicPort !== undefined && !isPort(publicPort))
    tell(`${field}.publicPort`, `out of range (got ${publicPort}): 1 to 65535`);
  if (isIP(address) === 0 && !isHostName(address)) {
    tell(
      `${field}.address`,
      `not an address (got ${quote(address)}): an IP address; 0.0.0.0 for one of this host's own`,
    );
  }
}

/** Clusters that were checked before: most of a large configuration is that of a moment ago. */
const SOUND = new WeakSet<ClusterConfig>();

function checkCluster(field: string, cluster: ClusterConfig, report: Tell): void {
  const faults: string[] = [];
  const tell: Tell = (path, message) => {
    faults.push(path);
    report(path, message);
  };
  if (cluster.name === '') tell(`${field}.name`, 'empty: <namespace>/<route>');
  if (cluster.credential === '') tell(`${field}.credential`, 'empty: <namespace>/<secret>, or leave it out');
  cluster.peers.forEach((peer, i) => {
    if (!isPrefix(peer.prefix)) {
      tell(`${field}.peers[${i}].prefix`, `not a prefix (got ${quote(peer.prefix)}): an IP address or CIDR prefix`);
    }
    if (!arePorts(peer)) {
      tell(
        `${field}.peers[${i}]`,
        `wrong ports (got ${peer.minPort} to ${peer.maxPort}): 1 to 65535, minPort <= maxPort`,
      );
    }
  });
  cluster.hostnames?.forEach((name, i) => {
    if (!isHostName(name)) tell(`${field}.hostnames[${i}]`, `not a host name (got ${quote(name)}): a DNS name`);
  });
  if (faults.length === 0) SOUND.add(cluster);
}

function checkUnique(field: string, items: readonly { readonly name: string }[], tell: Tell): void {
  const seen = new Set<string>();
  items.forEach(({ name }, i) => {
    if (seen.has(name)) tell(`${field}[${i}].name`, `given twice (got ${quote(name)}): names are unique; rename one`);
    seen.add(name);
  });
}

/** One socket each: listeners and admin servers may not share a port of the same layer-4 protocol. */
function checkPorts(config: RelayConfig, tell: Tell): void {
  const owners = new Map<string, string>();
  for (const key of ['healthEndpoint', 'metricsEndpoint'] as const) {
    const port = config[key] === undefined ? undefined : adminPort(config[key]);
    if (port !== undefined) owners.set(`tcp:${port}`, key);
  }
  config.listeners.forEach(({ transport, port, name }, i) => {
    const socket = `${layer4(transport)}:${port}`;
    const owner = owners.get(socket);
    if (owner !== undefined) {
      tell(`listeners[${i}].port`, `taken (got ${socket}, which ${owner} has): a free port; change one of the two`);
    }
    owners.set(socket, name);
  });
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
