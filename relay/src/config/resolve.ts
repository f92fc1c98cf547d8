import { HEALTH_PORT } from '../contract';
import type { Credential } from '../auth/credential';
import type { ConfigProblem } from './config-source';
import { DEFAULT_LOG_LEVEL, DEFAULT_REALM } from './defaults';
import type { Memory } from './memory';
import type { KubeObject, ObjectSet } from './objects';
import { PublicAddresses } from './public-address';
import type { ListenerConfig, RelayConfig } from './relay-config';
import { Resolution } from './resolution';
import { gatewayCredentials } from './resolve-credentials';
import { chooseGateway, gatewayConfigOf, refusal } from './resolve-gateway';
import { resolveListeners, type ResolvedListener } from './resolve-listeners';
import { resolveRoutes, type ResolvedRoute } from './resolve-routes';
import { classStatuses, resolvedStatus } from './resolve-status';
import { servedRouteKinds } from './route-kinds';
import type { ResolvedStatus } from './status';
import { targetPorts } from './target-ports';
import { validate } from './validate';

export interface ResolveOptions {
  /** `<namespace>/<name>` of the Gateway to serve. @default the only one there is */
  readonly gateway?: string;
  /** Relayed address to advertise. @default 0.0.0.0: one of the host's own */
  readonly relayAddress?: string;
  /** Serve Gateway API's own UDPRoute beside STUNner's. @default false */
  readonly gatewayApiRoutes?: boolean;
  /** URL of the health server; empty for off. @default http://:8086 */
  readonly healthEndpoint?: string;
  /** URL of the metrics server; empty for off. @default off */
  readonly metricsEndpoint?: string;
}

export interface Resolved {
  /** Absent if the objects give no usable configuration; `warnings` then say why. */
  readonly config: RelayConfig | undefined;
  /** What is wrong with the objects; beside a configuration: what was left out of it. */
  readonly warnings: readonly ConfigProblem[];
  readonly status: ResolvedStatus;
  /** `<namespace>/<name>` of each Secret that was asked for, whether there is one or not. */
  readonly secrets: ReadonlySet<string>;
}

/**
 * What a relay is to do and what the objects' status is to say, as the Gateway API and STUNner's objects have it. Pure:
 * the same objects in any order give the same result. Never throws, whatever shape the objects have.
 *
 * @param memory of the passes before, over the same objects but for a few: saves time, and keeps the last certificate
 *   and credentials of a Secret that is gone or unusable.
 */
export function resolve(objects: ObjectSet, options: ResolveOptions = {}, memory?: Memory): Resolved {
  const resolution = new Resolution(objects, memory);
  for (const problem of objects.problems) resolution.problems.add(problem);
  const chosen = chooseGateway(resolution, options.gateway);
  if (chosen === undefined) {
    const status = { gatewayClasses: classStatuses(resolution), routes: [] };
    return { config: undefined, warnings: resolution.problems.list, status, secrets: resolution.secrets };
  }

  const { gateway } = chosen;
  const gatewayConfig = gatewayConfigOf(resolution, chosen.gatewayClass);
  const current = gatewayConfig && identityOf(resolution, gatewayConfig);
  const identity = resolution.lastGood(`identity of ${gateway.id}`, current);
  const refused = refusal(resolution, gateway);
  const routeKinds = servedRouteKinds(options.gatewayApiRoutes ?? false);
  const addresses = new PublicAddresses(resolution, gateway);
  const listeners = resolveListeners(resolution, gateway, {
    relayAddress: options.relayAddress ?? '0.0.0.0',
    publicAddresses: addresses,
    targetPorts: targetPorts(resolution, gateway, gatewayConfig),
    routeKinds,
  });
  const routes = resolveRoutes(resolution, chosen, listeners, routeKinds);
  const running = runningListeners(listeners, routes);
  if (running.length === 0) {
    resolution.problems.add(gateway.problem('spec.listeners', 'no listener can run: at least one'));
  }
  const isRunnable = refused === undefined && running.length > 0;
  const draft = identity && isRunnable ? assemble(gateway, identity, running, routes, options) : undefined;
  const config = draft && validated(resolution, gateway, draft);
  const status = resolvedStatus(resolution, {
    chosen,
    listeners,
    routes,
    addresses,
    refused,
    hasIdentity: current !== undefined,
    isUsable: config !== undefined,
  });
  return { config, warnings: resolution.problems.list, status, secrets: resolution.secrets };
}

/** What clients must know of the relay: its realm and who they may be. */
interface RelayIdentity {
  readonly realm: string;
  readonly logLevel: string;
  readonly userQuota: number | undefined;
  readonly credentials: readonly Credential[];
}

/** Undefined if realm or credentials are not to be known: no default may stand in for them. */
function identityOf(resolution: Resolution, gatewayConfig: KubeObject): RelayIdentity | undefined {
  const spec = resolution.fields(gatewayConfig).get('spec');
  const realm = spec.get('realm').string(DEFAULT_REALM);
  const logLevel = spec.get('logLevel').string(DEFAULT_LOG_LEVEL) ?? DEFAULT_LOG_LEVEL;
  const userQuota = spec.get('userQuota').integer(0, 0x7fffffff);
  const credentials = gatewayCredentials(resolution, gatewayConfig);
  return realm === undefined || credentials === undefined ? undefined : { realm, logLevel, userQuota, credentials };
}

function runningListeners(
  listeners: readonly ResolvedListener[],
  routes: readonly ResolvedRoute[],
): readonly ListenerConfig[] {
  return listeners.flatMap(({ name, config }) => {
    if (config === undefined) return [];
    const attached = routes.filter(route => route.cluster !== undefined && route.listeners.has(name));
    return [{ ...config, routes: attached.map(route => route.cluster!.name) }];
  });
}

function assemble(
  gateway: KubeObject,
  { realm, logLevel, userQuota, credentials }: RelayIdentity,
  listeners: readonly ListenerConfig[],
  routes: readonly ResolvedRoute[],
  { healthEndpoint = `http://:${HEALTH_PORT}`, metricsEndpoint = '' }: ResolveOptions,
): RelayConfig {
  // Routes that name one Secret share its credentials.
  const ofRoutes = new Map(routes.map(route => [route.cluster?.credential, route.credentials]));
  return {
    name: gateway.id,
    realm,
    logLevel,
    ...(healthEndpoint === '' ? {} : { healthEndpoint }),
    ...(metricsEndpoint === '' ? {} : { metricsEndpoint }),
    ...(userQuota === undefined || userQuota === 0 ? {} : { userQuota }),
    credentials: [...credentials, ...[...ofRoutes.values()].flat()],
    listeners,
    clusters: routes.flatMap(({ cluster }) => cluster ?? []),
  };
}

function validated(resolution: Resolution, gateway: KubeObject, draft: RelayConfig): RelayConfig | undefined {
  const { problems } = validate(draft);
  for (const { field, message } of problems) {
    resolution.problems.add(gateway.problem(`resolved ${field ?? 'configuration'}`, message));
  }
  return problems.length === 0 ? draft : undefined;
}
