import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from './cluster-site';
import { installable, keptDefinitions, type Definition } from './definitions';

/** Releases of the Gateway API with the versions of UDPRoute that they serve. */
const RELEASES = { v1: 'v1.6.1/standard', v1alpha2: 'v1.5.1/experimental' } as const;

export type RouteVersion = keyof typeof RELEASES;

/** Gateway API's own UDPRoute: as its project installs it where UPSTREAM_CRDS names a folder, else what matters of it. */
export function routeDefinition(version: RouteVersion): Definition {
  const { UPSTREAM_CRDS: folder } = process.env;
  if (folder === undefined) return likeStunners(version);
  const file = join(folder, 'gateway-api', RELEASES[version], 'gateway.networking.k8s.io_udproutes.yaml');
  return parse(readFileSync(file, 'utf8')) as Definition;
}

/** STUNner's is made after it; here a Service has to be given with a port, and there is no end of ports. */
function likeStunners(version: RouteVersion): Definition {
  const own = keptDefinitions().find(({ metadata }) => metadata.name === 'udproutes.stunner.l7mp.io')!;
  const text = JSON.stringify(own.spec.versions[0]).replaceAll('"endPort"', '"weight"');
  const [served] = [JSON.parse(text) as object];
  const rule = {
    rule: "self.kind == 'Service' ? has(self.port) : true",
    message: 'Must have port for Service reference',
  };
  const withRule = JSON.parse(JSON.stringify(served), (key, value: unknown) =>
    key === 'backendRefs' ? { ...(value as object), items: withValidation(value as { items: object }, rule) } : value,
  ) as object;
  const group = 'gateway.networking.k8s.io';
  return installable({
    ...own,
    metadata: { name: `udproutes.${group}` },
    spec: { ...own.spec, group, versions: [{ ...withRule, name: version }] },
  });
}

function withValidation({ items }: { readonly items: object }, rule: object): object {
  return { ...items, 'x-kubernetes-validations': [rule] };
}

/** A route of Gateway API's own kind, of namespace `acme`. */
export function gatewayApiRoute(name: string, version: RouteVersion, ...backendRefs: readonly object[]): Manifest {
  return {
    apiVersion: `gateway.networking.k8s.io/${version}`,
    kind: 'UDPRoute',
    metadata: { name, namespace: 'acme' },
    spec: { parentRefs: [{ name: 'stunner-gateway', namespace: 'stunner' }], rules: [{ backendRefs }] },
  };
}
