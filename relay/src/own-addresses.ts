import { networkInterfaces } from 'node:os';
import { isEndpoint, parseEndpoint } from './admin/endpoint';
import type { RelayConfig } from './config/relay-config';
import { Endpoint } from './net/endpoint';
import { type OwnAddress, OwnAddresses } from './peer/own-addresses';

/** What stays closed to clients of a relay on this host: its own listeners and admin ports, and the Kubernetes API. */
export function ownAddresses(
  config: Pick<RelayConfig, 'listeners' | 'healthEndpoint' | 'metricsEndpoint'>,
  env: Readonly<Record<string, string | undefined>>,
  discoveryPorts: readonly number[] = [],
): OwnAddresses {
  const services: OwnAddress[] = config.listeners.map(({ name, port }) => ({
    name: `listener ${name}`,
    address: 'any-local',
    port,
  }));
  for (const port of discoveryPorts) services.push({ name: 'NAT discovery', address: 'any-local', port });
  for (const [name, url] of [
    ['the health server', config.healthEndpoint],
    ['the metrics server', config.metricsEndpoint],
  ] as const) {
    const port = portOf(url);
    if (port !== undefined) services.push({ name, address: 'any-local', port });
  }
  const { KUBERNETES_SERVICE_HOST } = env;
  const apiServer = KUBERNETES_SERVICE_HOST === undefined ? undefined : endpointOf(KUBERNETES_SERVICE_HOST);
  if (apiServer !== undefined) services.push({ name: 'the Kubernetes API server', address: apiServer });
  return new OwnAddresses(services, localAddresses());
}

function portOf(url: string | undefined): number | undefined {
  return url !== undefined && url !== '' && isEndpoint(url) ? parseEndpoint(url).port : undefined;
}

function localAddresses(): Endpoint[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .flatMap(({ address }) => endpointOf(address) ?? []);
}

function endpointOf(address: string): Endpoint | undefined {
  try {
    return Endpoint.of(address.replace(/%.*$/, ''));
  } catch {
    return undefined;
  }
}
