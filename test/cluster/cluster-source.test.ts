import { makeCertificate } from '../e2e/certificate';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { secret } from '../../examples/demo/overlay';
import { STATIC_USER } from '../e2e/site';
import { controlPlaneAssets } from './assets';
import { ClusterSite, HAS_PODS, type Manifest, POD, type SiteRelay, until } from './cluster-site';

const assets = controlPlaneAssets();
const missing =
  typeof assets === 'string' ? assets : POD === undefined ? 'an IPv4 address besides the loopback' : undefined;
if (missing !== undefined) console.warn(`SKIPPED: the relay in a cluster needs ${missing}`);

/** Milliseconds in which the relay follows a change. */
const SOON = 2000;

(missing === undefined ? describe : describe.skip)('the relay without an operator', () => {
  let site: ClusterSite;
  let relay: SiteRelay;

  const changedRoute = (backendRef: object): Manifest => {
    const route = site.object('UDPRoute');
    const spec = route.spec as { readonly parentRefs: readonly object[] };
    return { ...route, spec: { ...spec, rules: [{ backendRefs: [backendRef] }] } };
  };
  const inForce = (): number => relay.lines.filter(({ msg }) => msg.includes('in force')).length;
  /** Resolves once a change has been followed. */
  const followed = async (change: () => Promise<void>): Promise<void> => {
    const before = inForce();
    await change();
    await until('the change is followed', () => inForce() > before, SOON);
  };

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets);
    if (!HAS_PODS) console.warn('SKIPPED: the service account as a pod has it needs unshare and root');
    relay = await (HAS_PODS ? site.podRelay() : site.relay());
    await until('ready', async () => (await fetch(`${relay.health}/ready`)).status === 200);
  }, 120_000);
  afterAll(() => site.stop());

  test('relays for a client with the rights that are rendered for it', async () => {
    expect(await site.call()).toBe('lossless');
  });

  test('--dry-run reads the objects once and says whether they are valid', async () => {
    const check = await site.relay('--dry-run');
    expect(await check.exited).toBe(0);
    expect(check.lines.map(({ msg }) => msg)).toEqual(['the configuration of stunner/stunner-gateway is valid']);
  });

  test('goes on with a session while endpoints, routes and certificates change', async () => {
    const running = site.call('-n', '150', '-z', '25');
    await sleep(1000);
    await followed(() => site.apply(...site.media([POD!, '10.9.9.9'])));
    await followed(() => site.apply(changedRoute({ name: 'media', port: 1, endPort: 65_535 })));
    const folder = mkdtempSync(join(tmpdir(), 'renewed-'));
    const { cert, key } = makeCertificate(folder);
    const renewed = secret('stunner', 'stunner-tls', { 'tls.crt': cert, 'tls.key': key }, 'kubernetes.io/tls');
    await followed(() => site.apply(renewed as unknown as Manifest));
    rmSync(folder, { recursive: true });
    expect(await running).toBe('lossless');
  });

  test('keeps a pod that terminates, and drops one that is gone', async () => {
    const [service, slice] = site.media() as [Manifest, Manifest];
    const terminating = { addresses: [POD], conditions: { ready: false, serving: true, terminating: true } };
    await site.apply(service, { ...slice, endpoints: [terminating] });
    await sleep(500);
    expect(await site.call()).toBe('lossless');
    await followed(() => site.apply(...site.media(['10.9.9.9'])));
    expect(await site.call()).toContain('error 403');
    await followed(() => site.apply(...site.media()));
  });

  test('follows a Secret: the new password opens, the old one does not', async () => {
    const { username } = STATIC_USER as { username: string };
    const auth = secret('stunner', 'stunner-auth', { type: 'static', username, password: 'another-horse' });
    await followed(() => site.apply(auth as unknown as Manifest));
    expect(await site.call()).toContain('Cannot complete Allocation');
    expect(await site.call('-w', 'another-horse')).toBe('lossless');
    await followed(() => site.apply(...site.secrets));
  });

  test('asks for a ReferenceGrant across namespaces, and revokes with it', async () => {
    const elsewhere = site.media().map(object => ({ ...object, metadata: { ...object.metadata, namespace: 'sfu' } }));
    const grant: Manifest = {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'acme', namespace: 'sfu' },
      spec: {
        from: [{ group: 'stunner.l7mp.io', kind: 'UDPRoute', namespace: 'acme' }],
        to: [{ group: '', kind: 'Service' }],
      },
    };
    await site.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'sfu' } }, ...elsewhere);
    await followed(() => site.apply(changedRoute({ name: 'media', namespace: 'sfu' })));
    expect(await site.call()).toContain('error 403');
    await followed(() => site.apply(grant));
    expect(await site.call()).toBe('lossless');
    await followed(() => site.remove(grant));
    expect(await site.call()).toContain('error 403');
    await followed(() => site.apply(site.object('UDPRoute')));
  });

  test('a Secret that is gone: its listener serves the last certificate, and status says so', async () => {
    const [, tls] = site.secrets as [Manifest, Manifest];
    await followed(() => site.remove(tls));
    const handshake = await new Promise<string>((resolve, reject) => {
      const socket = connect({
        port: site.ports.tls,
        host: '127.0.0.1',
        ca: site.certificate.cert,
        rejectUnauthorized: false,
      });
      socket.once('secureConnect', () => resolve(socket.getProtocol() ?? ''));
      socket.once('error', reject);
    });
    expect(handshake).toBe('TLSv1.3');
    const resolvedRefs = async (): Promise<string | undefined> => {
      const { body } = await site.plane.call(
        'GET',
        '/apis/gateway.networking.k8s.io/v1/namespaces/stunner/gateways/stunner-gateway',
      );
      const { listeners = [] } = (body.status ?? {}) as {
        listeners?: { name: string; conditions: { type: string; reason: string }[] }[];
      };
      const conditions = listeners.find(({ name }) => name === 'tls-listener')?.conditions;
      return conditions?.find(({ type }) => type === 'ResolvedRefs')?.reason;
    };
    await until('status says so', async () => (await resolvedRefs()) === 'InvalidCertificateRef', 15_000);
    await followed(() => site.apply(tls));
    await until('status says so', async () => (await resolvedRefs()) === 'ResolvedRefs', 15_000);
  });
});
