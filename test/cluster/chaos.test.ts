import { setTimeout as sleep } from 'node:timers/promises';
import { controlPlaneAssets } from './assets';
import { ClusterSite, type Manifest, POD, type SiteRelay, until } from './cluster-site';
import { keptDefinitions } from './definitions';

const assets = controlPlaneAssets();
const missing =
  typeof assets === 'string' ? assets : POD === undefined ? 'an IPv4 address besides the loopback' : undefined;
if (missing !== undefined) console.warn(`SKIPPED: a cluster that fails needs ${missing}`);

(missing === undefined ? describe : describe.skip)('the relay in a cluster that fails', () => {
  let site: ClusterSite;
  let relay: SiteRelay;

  const heard = (text: string, since = 0): boolean => relay.lines.slice(since).some(({ msg }) => msg.includes(text));
  /** Resolves once calls end as they should. */
  const calls = async (expected: string): Promise<void> => {
    await until(`a call: ${expected}`, async () => (await site.call()).includes(expected), 40_000);
  };

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets);
    await site.kubeconfig();
  }, 120_000);
  afterAll(() => site.stop());

  test('the API server is not there yet: the relay is live, and ready once it has come', async () => {
    await site.plane.killServer();
    relay = await site.relay();
    const status = async (path: string): Promise<number> => (await fetch(`${relay.health}/${path}`)).status;
    await until('live', async () => (await status('live')) === 200);
    await until('it is told', () => heard('cannot be used'));
    expect(await status('ready')).toBe(503);
    await site.plane.restartServer();
    await until('ready', async () => (await status('ready')) === 200, 40_000);
    expect(await site.call()).toBe('lossless');
  }, 90_000);

  test('the API server is gone for a while: sessions and new calls go on, and changes are followed afterwards', async () => {
    const running = site.call('-n', '300', '-z', '25');
    await sleep(1000);
    await site.plane.killServer();
    await until('it is told', () => heard('cannot be used'));
    expect(await site.call()).toBe('lossless');
    expect((await fetch(`${relay.health}/ready`)).status).toBe(200);
    await site.plane.restartServer();
    expect(await running).toBe('lossless');
    await site.apply(...site.media(['10.9.9.9']));
    await calls('error 403');
    await site.apply(...site.media());
    await calls('lossless');
  }, 120_000);

  test('what was missed while watches were down and is compacted away comes with a list (410 Gone)', async () => {
    await site.plane.killServer();
    await until('it is told', () => heard('cannot be used'));
    await site.plane.restartServer();
    // Faster than the relay's back-off, most often; the next test's change would show what is lost else.
    await site.apply(...site.media(['10.9.9.9']));
    await site.plane.compact();
    await site.plane.killServer();
    await site.plane.restartServer();
    await calls('error 403');
    await site.apply(...site.media());
    await calls('lossless');
  }, 120_000);

  test('objects of unexpected shapes are told, and cost nothing but themselves', async () => {
    const since = relay.lines.length;
    // A definition that lets everything through, as one of another version would.
    const open = keptDefinitions()
      .filter(({ metadata }) => /^(udproutes|staticservices)\.stunner/.test(metadata.name))
      .map(definition => ({
        ...definition,
        spec: {
          ...definition.spec,
          versions: definition.spec.versions.map(version => ({
            ...version,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          })),
        },
      }));
    for (const definition of open) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
      const { status } = await site.plane.call(
        'PATCH',
        path,
        { spec: { versions: definition.spec.versions } },
        'application/merge-patch+json',
      );
      expect(status).toBe(200);
    }
    const odd: readonly [string, unknown][] = [
      ['text', 'a text'],
      ['list', [1, 2]],
      ['numbers', { parentRefs: 7, rules: 'none' }],
      [
        'deep',
        {
          parentRefs: [{ name: 'stunner-gateway', namespace: 'stunner' }],
          rules: [{ backendRefs: [null, { name: 5 }] }],
        },
      ],
    ];
    for (const [name, spec] of odd) {
      const object = {
        apiVersion: 'stunner.l7mp.io/v1',
        kind: 'UDPRoute',
        metadata: { name, namespace: 'acme' },
        spec,
      };
      await until(
        'the object is taken',
        async () => {
          const path = '/apis/stunner.l7mp.io/v1/namespaces/acme/udproutes';
          const { status } = await site.plane.call('POST', path, object);
          return status === 201 || status === 409;
        },
        20_000,
      );
    }
    await until('it is told', () => heard('wrong type', since), 15_000);
    expect(await site.call()).toBe('lossless');
    expect((await fetch(`${relay.health}/ready`)).status).toBe(200);
  }, 90_000);

  test('the Secret of the credential is gone: who knows the password still comes in, and changes are followed', async () => {
    const [auth] = site.secrets as [Manifest];
    await site.remove(auth);
    await until('it is told', () => heard('Secret stunner/stunner-auth is missing'));
    expect(await site.call()).toBe('lossless');
    await site.apply(...site.media(['10.9.9.9']));
    await calls('error 403');
    await site.apply(auth, ...site.media());
    await calls('lossless');
  }, 90_000);
});
