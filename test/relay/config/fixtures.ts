import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemText, type ConfigProblem } from '../../../relay/src/config/config-source';
import { ObjectSet } from '../../../relay/src/config/objects';
import { resolve, type Resolved, type ResolveOptions } from '../../../relay/src/config/resolve';

export type Manifest = Record<string, unknown>;

export function manifest(
  apiVersion: string,
  kind: string,
  id: string,
  rest: Manifest = {},
  metadata: Manifest = {},
): Manifest {
  const [name = '', namespace] = id.split('/').reverse();
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}), ...metadata }, ...rest };
}

export function gatewayClass(name: string, controllerName: string, config: string): Manifest {
  const [namespace = '', configName = ''] = config.split('/');
  const parametersRef = { group: 'stunner.l7mp.io', kind: 'GatewayConfig', namespace, name: configName };
  return manifest('gateway.networking.k8s.io/v1', 'GatewayClass', name, { spec: { controllerName, parametersRef } });
}

export function gateway(id: string, listeners: unknown[], spec: Manifest = {}, metadata: Manifest = {}): Manifest {
  const rest = { spec: { gatewayClassName: 'turn', listeners, ...spec } };
  return manifest('gateway.networking.k8s.io/v1', 'Gateway', id, rest, metadata);
}

export function gatewayConfig(id: string, spec: Manifest): Manifest {
  return manifest('stunner.l7mp.io/v1', 'GatewayConfig', id, { spec });
}

export function secret(id: string, stringData: Manifest): Manifest {
  return manifest('v1', 'Secret', id, { stringData });
}

export function udpRoute(
  id: string,
  backendRefs: unknown[],
  parentRef: Manifest = {},
  metadata: Manifest = {},
): Manifest {
  const parentRefs = [{ name: 'edge', namespace: 'turn', ...parentRef }];
  return manifest('stunner.l7mp.io/v1', 'UDPRoute', id, { spec: { parentRefs, rules: [{ backendRefs }] } }, metadata);
}

export function staticService(id: string, prefixes: unknown[]): Manifest {
  return manifest('stunner.l7mp.io/v1', 'StaticService', id, { spec: { prefixes } });
}

export function service(id: string, spec: Manifest): Manifest {
  return manifest('v1', 'Service', id, { spec });
}

export function endpointSlice(id: string, owner: string, endpoints: unknown[]): Manifest {
  const labels = { 'kubernetes.io/service-name': owner };
  return manifest('discovery.k8s.io/v1', 'EndpointSlice', id, { addressType: 'IPv4', endpoints }, { labels });
}

export function grant(id: string, from: Manifest, to: Manifest, version = 'v1'): Manifest {
  return manifest(`gateway.networking.k8s.io/${version}`, 'ReferenceGrant', id, { spec: { from: [from], to: [to] } });
}

export const udp: Manifest = {
  name: 'udp',
  port: 3478,
  protocol: 'TURN-UDP',
  allowedRoutes: { namespaces: { from: 'All' } },
};

export const staticRef: Manifest = { group: 'stunner.l7mp.io', kind: 'StaticService', name: 'net' };

/** One Gateway that everybody's routes may attach to, and its static credential. */
export const base: readonly Manifest[] = [
  gatewayClass('turn', 'cdk8s-stunner.dev/relay', 'turn/config'),
  gatewayConfig('turn/config', { realm: 'turn.example.org', authRef: { name: 'auth' } }),
  secret('turn/auth', { type: 'static', username: 'alice', password: 'PASSWORD-GW' }),
];

export function resolved(objects: readonly unknown[], options: ResolveOptions = {}): Resolved {
  return resolve(ObjectSet.of(objects.map(value => ({ value }))), options);
}

/** As `resolved`, where a configuration is expected. */
export function configOf(objects: readonly unknown[], options: ResolveOptions = {}): NonNullable<Resolved['config']> {
  const { config, warnings } = resolved(objects, options);
  if (config === undefined) throw new Error(`no configuration: ${texts(warnings).join('; ')}`);
  return config;
}

export function texts(problems: readonly ConfigProblem[]): string[] {
  return problems.map(problemText);
}

/** A self-signed certificate and its key, made anew. */
export function selfSigned(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const what = ['-x509', '-subj', '/CN=turn.example.org', '-days', '2'];
  try {
    execFileSync('openssl', ['req', ...what, ...curve, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
