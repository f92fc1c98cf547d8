import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  Dataplane,
  GitOpsApp,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { parse } from 'yaml';
import { mediaService, secret } from '../../examples/demo/overlay';
import { RelayProcess } from '../../examples/demo/relay-process';
import { makeCertificate, type TestCertificate } from '../e2e/certificate';
import { freePorts } from '../e2e/ports';
import { BUNDLE, HERE, STATIC_USER } from '../e2e/site';
import { EchoPeer, uclient, verdict } from '../e2e/turnutils';
import type { Assets } from './assets';
import { ControlPlane, type KubernetesObject } from './control-plane';
import { install, keptDefinitions } from './definitions';

/** An address of this host that a pod could have: not of the loopback, which no EndpointSlice may hold. */
export const POD = Object.values(networkInterfaces())
  .flatMap(addresses => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** Can a process here have files where a pod has them? */
export const HAS_PODS = spawnSync('unshare', ['-m', 'true']).status === 0;

export const GATEWAY = 'stunner/stunner-gateway';
/** Kinds of a rendered tree that mean something to an API server without controllers. */
const APPLIED =
  /_(Namespace|ServiceAccount|ClusterRole|ClusterRoleBinding|Role|RoleBinding|Dataplane|GatewayClass|GatewayConfig|Gateway|UDPRoute)_/;

export type Manifest = KubernetesObject & Readonly<Record<string, unknown>>;

/** `health`: URL of its health server. */
export type SiteRelay = RelayProcess & { readonly health: string };

/** A cluster with the rendered tree of a relay without operator: objects, service account, rights. */
export class ClusterSite {
  private readonly relays: RelayProcess[] = [];

  private constructor(
    readonly plane: ControlPlane,
    /** What was rendered, in the order in which it is applied. */
    readonly rendered: readonly Manifest[],
    /** Listeners: UDP and TCP on one port, TLS on the other. */
    readonly ports: { readonly turn: number; readonly tls: number },
    /** First of two ports that the route opens. */
    readonly peer: number,
    readonly certificate: TestCertificate,
    private readonly folder: string,
    private readonly echo: EchoPeer | undefined,
  ) {}

  /** @param dataplane who runs the relay. @default nobody but the relay itself */
  static async start(assets: Assets, dataplane = Dataplane.standalone()): Promise<ClusterSite> {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-site-'));
    const ports = { turn: await freePorts(), tls: await freePorts() };
    const peer = await freePorts(2);
    const rendered = render(folder, ports, peer, dataplane);
    const plane = await ControlPlane.start(assets);
    const echo = POD === undefined ? undefined : await EchoPeer.start(peer, [POD]);
    const site = new ClusterSite(plane, rendered, ports, peer, makeCertificate(folder), folder, echo);
    const groups = /\.(gateway\.networking\.k8s\.io|stunner\.l7mp\.io)$/;
    await install(
      plane,
      keptDefinitions().filter(({ metadata }) => groups.test(metadata.name)),
    );
    await site.apply(...rendered, ...site.secrets, ...site.media());
    return site;
  }

  get secrets(): readonly Manifest[] {
    const { cert, key } = this.certificate;
    const tls = secret('stunner', 'stunner-tls', { 'tls.crt': cert, 'tls.key': key }, 'kubernetes.io/tls');
    return [secret('stunner', 'stunner-auth', { type: 'static', ...STATIC_USER }), tls] as unknown as Manifest[];
  }

  /** The media server's Service and its pods. */
  media(addresses: readonly string[] = POD === undefined ? [] : [POD]): readonly Manifest[] {
    return mediaService('acme', 'media', addresses, this.peer) as unknown as Manifest[];
  }

  /** A rendered object, to be changed. */
  object(kind: string): Manifest {
    return this.rendered.find(object => object.kind === kind)!;
  }

  async apply(...objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) {
      const { status, body } = await this.plane.apply(object);
      if (status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${String(body.message)}`);
    }
  }

  async remove(...objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) await this.plane.delete(object);
  }

  /** The built relay with the service account's token in a kubeconfig. */
  async relay(...more: readonly string[]): Promise<SiteRelay> {
    return this.started(BUNDLE, ['--kubeconfig', await this.kubeconfig(), ...more]);
  }

  /** The same with more in its environment. */
  async relayIn(environment: NodeJS.ProcessEnv): Promise<SiteRelay> {
    const env = { ...process.env, ...environment };
    return this.started(BUNDLE, ['--kubeconfig', await this.kubeconfig()], env);
  }

  /** The token that pods have, which the kubelet replaces as it grows old. */
  async mountToken(token: string): Promise<void> {
    await writeFile(join(this.folder, 'token'), token);
  }

  /** The built relay as in its pod: the service account where Kubernetes mounts it. Needs `HAS_PODS`. */
  async podRelay(environment: NodeJS.ProcessEnv = {}, token?: string): Promise<SiteRelay> {
    const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
    await this.mountToken(token ?? (await this.token()));
    const script = [
      'mount -t tmpfs tmpfs /var/run',
      `mkdir -p ${mounted}`,
      `cp ${this.plane.authority} ${mounted}/ca.crt`,
      `ln -s ${join(this.folder, 'token')} ${mounted}/token`,
      'exec "$0" "$@"',
    ].join(' && ');
    const { hostname, port } = new URL(this.plane.connection().server);
    const api = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const env = { ...process.env, ...environment, ...api };
    return this.started(['unshare', '-m', 'sh', '-c', script, process.execPath, BUNDLE], [], env);
  }

  private async started(
    command: string | readonly string[],
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<SiteRelay> {
    const health = `http://127.0.0.1:${await freePorts()}`;
    const more = [
      ...['-w', '--config=k8s', `--id=${GATEWAY}`, ...args],
      ...['--relay-address', HERE, '--allow-peer', '127.0.0.0/8', '--allow-peer', '192.0.2.0/24'],
      ...['--health-endpoint', health, '--metrics-endpoint', `http://127.0.0.1:${await freePorts()}/metrics`],
    ];
    const relay = new RelayProcess(command, more, env);
    this.relays.push(relay);
    return Object.assign(relay, { health });
  }

  /** A call through the relay to the media server: `lossless`, or what came instead. */
  async call(...more: readonly string[]): Promise<string> {
    const { username, password } = STATIC_USER as { username: string; password: string };
    return verdict(
      await uclient([
        ...['-u', username, '-w', password, '-p', String(this.ports.turn), '-e', POD!, '-r', String(this.peer)],
        ...['-n', '5', '-z', '5', '-c', ...more, HERE],
      ]),
    );
  }

  /** A file for clients. @param token of the one that they are. @default the relay's service account */
  async kubeconfig(token?: string): Promise<string> {
    const { server } = this.plane.connection();
    const path = join(this.folder, 'kubeconfig.json');
    if (existsSync(path)) return path;
    const cluster = { server, 'tls-server-name': 'kubernetes', 'certificate-authority': this.plane.authority };
    const user = { token: token ?? (await this.plane.serviceAccountToken('stunner', 'stunner-gateway')) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      clusters: [{ name: 'here', cluster }],
      users: [{ name: 'relay', user }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'relay', namespace: 'stunner' } }],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  /** Of the relay's service account. */
  token(): Promise<string> {
    return this.plane.serviceAccountToken('stunner', 'stunner-gateway');
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map(relay => relay.stop()));
    await this.echo?.stop();
    await this.plane.stop();
    await rm(this.folder, { recursive: true });
  }
}

function render(folder: string, ports: ClusterSite['ports'], peer: number, dataplane: Dataplane): Manifest[] {
  const app = new GitOpsApp({ outdir: join(folder, 'tree') });
  const acme = Tenant.of('acme');
  const stunner = new RegionalStunner(app, 'stunner', {
    regions: [Region.of('here', { hostname: 'turn.example.com' })],
    tenants: [acme],
    realm: 'turn.example.com',
    auth: TurnAuth.static({ name: 'stunner-auth' }),
    listeners: [
      TurnListener.udp(ports.turn),
      TurnListener.tcp(ports.turn),
      TurnListener.tls(ports.tls, { certificate: { name: 'stunner-tls' } }),
    ],
    dataplane,
  });
  stunner.addRoute(acme, 'media', {
    backends: [MediaBackend.service('media', { ports: PortRange.of(peer, peer + 1), podLabels: { app: 'media' } })],
  });
  app.synth();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => APPLIED.test(file));
  const order = (file: string): number => APPLIED.source.indexOf(APPLIED.exec(file)![1]!);
  return files
    .sort((left, right) => order(left) - order(right))
    .map(file => parse(readFileSync(join(folder, file), 'utf8')) as Manifest);
}

/** @throws Error naming what does not come about within `limitMs` */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await Promise.resolve(holds()).catch(() => false)) return performance.now() - started;
    if (performance.now() - started > limitMs) throw new Error(`it does not come about: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
