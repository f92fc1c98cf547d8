import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { ClusterStatus, type ClusterStatusOptions } from '../../relay/src/cluster-status/cluster-status';
import { mapOf, mapsOf, type JsonMap } from '../../relay/src/cluster-status/json';
import { ClusterSource } from '../../relay/src/config/cluster/cluster-source';
import { KubeApi } from '../../relay/src/config/cluster/kube-api';
import { Log } from '../../relay/src/log/logger';
import { ControlPlane, type KubernetesObject } from './control-plane';
import type { Assets } from './assets';
import { install, keptDefinitions } from './definitions';

const RENDERED = join(__dirname, '..', 'golden', 'standalone', 'eu-west-1', 'platform');
/** The Gateway of the rendered tree, and the service account of its relay. */
export const GATEWAY = { namespace: 'stunner', name: 'stunner-gateway' };

export type Manifest = KubernetesObject & JsonMap;

/** An API server with the rights and the Gateway of a rendered tree. */
export class StatusSite {
  readonly log: string[] = [];
  private token = '';
  private readonly sources: ClusterSource[] = [];

  private constructor(readonly plane: ControlPlane) {}

  static async start(assets: Assets): Promise<StatusSite> {
    const site = new StatusSite(await ControlPlane.start(assets));
    const groups = /\.(gateway\.networking\.k8s\.io|stunner\.l7mp\.io)$/;
    await install(
      site.plane,
      keptDefinitions().filter(({ metadata }) => groups.test(metadata.name)),
    );
    await site.apply(...rendered('Namespace'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'acme' } });
    await site.apply(...rendered('ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'));
    site.token = await site.plane.serviceAccountToken(GATEWAY.namespace, GATEWAY.name);
    await site.apply(...rendered('GatewayConfig', 'GatewayClass'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'stunner', name: 'stunner-auth' },
      stringData: { type: 'ephemeral', secret: 'a-shared-secret' },
    });
    return site;
  }

  /** The API as the relay's own service account may use it. */
  get api(): KubeApi {
    return new KubeApi(this.plane.connection(this.token));
  }

  /** The API as an administrator may use it. */
  get adminApi(): KubeApi {
    return new KubeApi(this.plane.connection());
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

  async read(path: string): Promise<JsonMap> {
    const { status, body } = await this.plane.call('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${String(body.message)}`);
    return body;
  }

  /** A replica of the relay as far as status goes: it reads as an administrator, and writes as the relay. */
  async replica(identity: string, options: Partial<ClusterStatusOptions> = {}): Promise<ClusterStatus> {
    const gateway = options.gateway ?? `${GATEWAY.namespace}/${GATEWAY.name}`;
    const log = new Log({ destination: { write: line => this.log.push(`${identity} ${line}`) } });
    const logger = log.scope('cluster');
    const status = new ClusterStatus({ api: this.api, ...FAST, ...options, gateway, logger, identity });
    const source = new ClusterSource({ api: this.adminApi, gateway, observers: [status] });
    this.sources.push(source);
    await source.start({ config: () => undefined, problems: () => undefined });
    return status;
  }

  async stop(): Promise<void> {
    await Promise.all(this.sources.map(source => source.close()));
    await this.plane.stop();
  }
}

/** An election in a few seconds instead of half a minute. */
export const FAST = { leaseSeconds: 3, renewSeconds: 2, retrySeconds: 0.5 };

/** Objects of the rendered tree, in the order of the kinds. */
export function rendered(...kinds: readonly string[]): Manifest[] {
  const objects = readdirSync(RENDERED)
    .sort()
    .map(file => parse(readFileSync(join(RENDERED, file), 'utf8')) as Manifest);
  return kinds.flatMap(kind => objects.filter(object => object.kind === kind));
}

/** The Gateway of the rendered tree with other listeners. */
export function gateway(listeners: readonly JsonMap[], spec: JsonMap = {}, name = GATEWAY.name): Manifest {
  const metadata = { namespace: GATEWAY.namespace, name };
  const gatewayClassName = 'stunner-gatewayclass';
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata,
    spec: { gatewayClassName, listeners, ...spec },
  };
}

export function route(id: string, backendRefs: readonly JsonMap[], ...parentRefs: readonly JsonMap[]): Manifest {
  const [namespace = '', name = ''] = id.split('/');
  const parents = (parentRefs.length > 0 ? parentRefs : [{}]).map(ref => ({ ...GATEWAY, ...ref }));
  return {
    apiVersion: 'stunner.l7mp.io/v1',
    kind: 'UDPRoute',
    metadata: { namespace, name },
    spec: { parentRefs: parents, rules: [{ backendRefs }] },
  };
}

export function service(id: string, spec: JsonMap = {}): Manifest {
  const [namespace = '', name = ''] = id.split('/');
  const ports = [{ name: 'media', port: 8080, protocol: 'UDP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec: { ports, ...spec } };
}

export const GATEWAY_PATH = `/apis/gateway.networking.k8s.io/v1/namespaces/${GATEWAY.namespace}/gateways/${GATEWAY.name}`;
export const CLASS_PATH = '/apis/gateway.networking.k8s.io/v1/gatewayclasses/stunner-gatewayclass';

export function routePath(id: string): string {
  const [namespace, name] = id.split('/');
  return `/apis/stunner.l7mp.io/v1/namespaces/${namespace}/udproutes/${name}`;
}

/** `type=status/reason` of each condition, in the order of types. */
export function conditionsOf(holder: unknown): string[] {
  return mapsOf(mapOf(holder).conditions)
    .map(({ type, status, reason }) => `${String(type)}=${String(status)}/${String(reason)}`)
    .sort();
}

/** Tries until nothing is thrown; throws what was thrown last. */
export async function eventually<T>(attempt: () => Promise<T> | T, seconds = 15): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
