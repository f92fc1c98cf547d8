import { ObjectStore } from '../../../relay/src/config/cluster/object-store';
import { Memory } from '../../../relay/src/config/memory';
import type { Kind } from '../../../relay/src/config/objects';
import { resolve, type Resolved } from '../../../relay/src/config/resolve';
import {
  base,
  gateway,
  grant,
  type Manifest,
  secret,
  selfSigned,
  staticRef,
  staticService,
  udp,
  udpRoute,
} from './fixtures';

const tls = { name: 'tls', port: 5349, protocol: 'TURN-TLS' };
const certificateRefs = [{ name: 'tls', namespace: 'vault' }];
const { cert, key } = selfSigned();
const tlsSecret = secret('vault/tls', { 'tls.crt': cert, 'tls.key': key });
const tlsGrant = grant(
  'vault/g',
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'turn' },
  { group: '', kind: 'Secret' },
);

/** A cluster whose objects come and go, and what it resolves to with a memory. */
class Cluster {
  private readonly store = new ObjectStore(() => undefined);
  private readonly memory = new Memory();

  constructor(...objects: readonly Manifest[]) {
    for (const object of objects) this.store.put(object);
  }

  without(kind: Kind, id: string): Resolved {
    this.store.remove(kind, id);
    return this.resolve();
  }

  with(object: Manifest): Resolved {
    this.store.put(object);
    return this.resolve();
  }

  resolve(): Resolved {
    return resolve(this.store.objects, {}, this.memory);
  }
}

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster(
    ...base,
    gateway('turn/edge', [udp, { ...tls, tls: { certificateRefs } }]),
    ...[tlsSecret, tlsGrant],
    ...[udpRoute('acme/sfu', [staticRef], {}, { annotations: { 'cdk8s-stunner.dev/auth-ref': 'turn' } })],
    ...[staticService('acme/net', ['10.0.0.0/8']), secret('acme/turn', { type: 'ephemeral', secret: 'SECRET-ROUTE' })],
  );
  expect(cluster.resolve().warnings).toEqual([]);
});

const certificateOf = ({ config }: Resolved) => config?.listeners[1]?.certificate;
const resolvedRefs = ({ status }: Resolved) =>
  status.gateway?.listeners[1]?.conditions.find(({ type }) => type === 'ResolvedRefs')?.reason;

test('all Secrets that were asked for are named, in every pass', () => {
  const secrets = new Set(['turn/auth', 'vault/tls', 'acme/turn']);
  expect(cluster.resolve().secrets).toEqual(secrets);
  expect(cluster.without('Secret', 'acme/turn').secrets).toEqual(secrets);
});

test('a Secret that may not be referred to is not asked for', () => {
  expect(cluster.without('ReferenceGrant', 'vault/g').secrets).not.toContain('vault/tls');
});

test('a listener keeps the certificate of a Secret that is gone, and its status says so', () => {
  const resolved = cluster.without('Secret', 'vault/tls');
  expect(certificateOf(resolved)).toEqual({ cert, key });
  expect(resolvedRefs(resolved)).toBe('InvalidCertificateRef');
  expect(resolved.warnings.map(({ message }) => message)).toEqual([
    'Secret vault/tls is missing; its last certificate is served',
  ]);
});

test('a listener loses the certificate of a Secret that it may no longer refer to', () => {
  const resolved = cluster.without('ReferenceGrant', 'vault/g');
  expect(certificateOf(resolved)).toBeUndefined();
  expect(resolvedRefs(resolved)).toBe('RefNotPermitted');
});

test('a certificate that was not asked for in a pass is forgotten', () => {
  cluster.without('ReferenceGrant', 'vault/g');
  cluster.without('Secret', 'vault/tls');
  expect(certificateOf(cluster.with(tlsGrant))).toBeUndefined();
});

test.each([
  ['Secret', 'turn/auth'],
  ['GatewayConfig', 'turn/config'],
] as const)('without %s %s realm and credentials are the last ones, and status says so', (kind, id) => {
  const { realm, credentials } = cluster.resolve().config!;
  const { config, status } = cluster.without(kind, id);
  expect(config).toMatchObject({ realm, credentials });
  expect(status.gateway?.conditions.find(({ type }) => type === 'Accepted')?.status).toBe('False');
});

test('a route whose own credential is gone is nobody’s', () => {
  const { config } = cluster.without('Secret', 'acme/turn');
  expect(config?.clusters.map(({ credential }) => credential)).toEqual(['acme/turn']);
  expect(config?.credentials.map(({ type }) => type)).toEqual(['static']);
});
