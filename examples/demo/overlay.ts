import { mkdtemp, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A Kubernetes object that a cluster would have beside the rendered manifests. */
export type KubeObject = Readonly<Record<string, unknown>>;

export function secret(
  namespace: string,
  name: string,
  stringData: Readonly<Record<string, string>>,
  type = 'Opaque',
): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, stringData };
}

/** A headless Service, and the EndpointSlices with the addresses of its pods: one for each family. */
export function mediaService(
  namespace: string,
  name: string,
  addresses: readonly string[],
  port: number,
): readonly KubeObject[] {
  const ports = [{ name: 'rtp', protocol: 'UDP', port }];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP: 'None', ports },
  };
  const families = new Set(addresses.map(address => `IPv${isIP(address)}`));
  const slices = [...families].map(family => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${family.toLowerCase()}`,
      namespace,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: family,
    endpoints: addresses
      .filter(address => `IPv${isIP(address)}` === family)
      .map(address => ({ addresses: [address], conditions: { ready: true } })),
    ports,
  }));
  return [service, ...slices];
}

/** Writes objects into a new folder, readable by this user only. @returns its path. */
export async function writeOverlay(objects: readonly KubeObject[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stunner-overlay-'));
  const yaml = objects.map(object => stringify(object)).join('---\n');
  await writeFile(join(folder, 'overlay.yaml'), yaml, { mode: 0o600 });
  return folder;
}
