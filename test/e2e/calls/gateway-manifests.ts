import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type KubeObject, mediaService, secret } from '../../../examples/demo/overlay';
import type { Certificate } from './authority';

const RENDERED = join(__dirname, '..', '..', 'golden', 'janus', 'eu-west-1');

/** Ports of the rendered example. */
export const PORTS = { udp: 3478, tcp: 3478, tls: 5349 } as const;

/**
 * What a relay obeys: the rendered tree of the example `janus`, and beside it what a cluster adds to it: Secrets, and the
 * addresses of pods. All of it can change while the relay runs.
 */
export class GatewayManifests {
  /** As it was rendered. */
  readonly rendered: string;
  /** What the cluster adds. */
  readonly added: string;

  constructor(readonly folder: string) {
    this.rendered = join(folder, 'rendered');
    this.added = join(folder, 'added');
    cpSync(RENDERED, this.rendered, { recursive: true });
    mkdirSync(this.added);
    // A relay in a container is another user.
    for (const each of [folder, this.rendered, this.added]) chmodSync(each, 0o755);
  }

  /** The tenant's part of the rendered tree. */
  get tenant(): string {
    return join(this.rendered, 'acme');
  }

  /** Secret of ephemeral credentials, and the one before it, whose credentials still count. */
  setSecret(current: string, previousSecret = ''): void {
    this.put('secret', [secret('stunner', 'stunner-auth', { type: 'ephemeral', secret: current, previousSecret })]);
  }

  setCertificate({ cert, key }: Certificate): void {
    const data = { 'tls.crt': cert, 'tls.key': key };
    this.put('certificate', [secret('stunner', 'stunner-tls', data, 'kubernetes.io/tls')]);
  }

  /** Addresses of the pods behind the Service of the rendered route. */
  setMedia(addresses: readonly string[]): void {
    const slices = mediaService('acme', 'janus', addresses, 20_000).filter(({ kind }) => kind === 'EndpointSlice');
    this.put('media', slices);
  }

  /** A route beside the rendered one. */
  addRoute(name: string, addresses: readonly string[], minPort: number, maxPort: number): void {
    const backend = { group: '', kind: 'Service', name, port: minPort, endPort: maxPort };
    const route = {
      apiVersion: 'stunner.l7mp.io/v1',
      kind: 'UDPRoute',
      metadata: { name, namespace: 'acme' },
      spec: {
        parentRefs: [{ name: 'stunner-gateway', namespace: 'stunner' }],
        rules: [{ backendRefs: [backend] }],
      },
    };
    this.put(`route-${name}`, [route, ...mediaService('acme', name, addresses, minPort)]);
  }

  removeRoute(name: string): void {
    rmSync(join(this.added, `route-${name}.yaml`));
  }

  /** As a whole: a file that is written in place may be read half-way. */
  private put(name: string, objects: readonly KubeObject[]): void {
    const file = join(this.added, `${name}.yaml`);
    writeFileSync(`${file}.part`, objects.map(object => stringify(object)).join('---\n'));
    renameSync(`${file}.part`, file);
  }
}
