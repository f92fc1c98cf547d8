import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** What a cluster would add to the rendered manifests: a Secret, and the media server that a Service finds. */
export interface Overlay {
  /** Shared secret of the ephemeral credentials (Secret `stunner/stunner-auth`). */
  readonly secret: string;
  /** Where the media echo stands in for Janus. */
  readonly backend: { readonly address: string; readonly port: number };
}

/** Writes the overlay into a new folder, readable by this user only. @returns its path. */
export async function writeOverlay({ secret, backend }: Overlay): Promise<string> {
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'stunner-auth', namespace: 'stunner' },
      stringData: { type: 'ephemeral', secret },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'janus-media', namespace: 'acme' },
      spec: { clusterIP: 'None', ports: [{ name: 'rtp', protocol: 'UDP', port: backend.port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'janus-media-local',
        namespace: 'acme',
        labels: { 'kubernetes.io/service-name': 'janus-media' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [backend.address], conditions: { ready: true } }],
      ports: [{ name: 'rtp', protocol: 'UDP', port: backend.port }],
    },
  ];
  const folder = await mkdtemp(join(tmpdir(), 'stunner-demo-'));
  await writeFile(join(folder, 'overlay.yaml'), objects.map(object => stringify(object)).join('---\n'), {
    mode: 0o600,
  });
  return folder;
}
