import { ClusterSource } from '../../relay/src/config/cluster/cluster-source';
import { KubeApi } from '../../relay/src/config/cluster/kube-api';
import { problemText, type ConfigProblem } from '../../relay/src/config/config-source';
import type { RelayConfig } from '../../relay/src/config/relay-config';
import { controlPlaneAssets } from './assets';
import { ClusterSite, GATEWAY, type Manifest, until } from './cluster-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: the rights of a relay need ${assets}`);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const READ = [
  ...['gatewayclasses', 'gateways', 'referencegrants', 'gatewayconfigs', 'udproutes', 'staticservices'],
  ...['services', 'namespaces', 'endpointslices'],
];

(typeof assets === 'string' ? describe.skip : describe)('the rights that are rendered for a relay', () => {
  let site: ClusterSite;
  let token: string;

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets);
    token = await site.token();
  }, 120_000);
  afterAll(() => site.stop());

  /** What a source comes to within a few seconds. */
  async function read(): Promise<{ config?: RelayConfig; problems: string[] }> {
    const outcome: { config?: RelayConfig; problems: string[] } = { problems: [] };
    const source = new ClusterSource({ api: new KubeApi(site.plane.connection(token)), gateway: GATEWAY });
    const note = (problems: readonly ConfigProblem[]): void => void outcome.problems.push(...problems.map(problemText));
    await source.start({
      config: (config, warnings) => {
        outcome.config = config;
        note(warnings);
      },
      problems: note,
    });
    const isDone = (): boolean => outcome.config !== undefined || outcome.problems.length > 0;
    await until('an outcome', isDone, 8000).catch(() => undefined);
    // A watch that may not be opened shows after the list.
    await new Promise(resolve => setTimeout(resolve, 300));
    await source.close();
    return outcome;
  }

  /** Runs with a role's rules changed, and puts them back. */
  async function withRules<T>(role: Manifest, rules: readonly Rule[], run: () => Promise<T>): Promise<T> {
    const changed = { ...role, rules };
    await site.apply(changed);
    try {
      // The authoriser reads rules as the relay does objects: a moment later.
      await new Promise(resolve => setTimeout(resolve, 300));
      return await run();
    } finally {
      await site.apply(role);
      await new Promise(resolve => setTimeout(resolve, 300));
    }
  }

  test('are enough', async () => {
    const { config, problems } = await read();
    expect(problems).toEqual([]);
    expect(config?.listeners.map(({ certificate }) => certificate !== undefined)).toEqual([false, false, true]);
  });

  test.each(READ.flatMap(resource => ['list', 'watch'].map(verb => [verb, resource] as const)))(
    'without %s of %s it is told which rule is missing',
    async (verb, resource) => {
      const role = site.object('ClusterRole');
      const rules = (role.rules as readonly Rule[]).flatMap(rule =>
        rule.resources.includes(resource)
          ? [
              { ...rule, resources: rule.resources.filter(each => each !== resource) },
              { ...rule, resources: [resource], verbs: rule.verbs.filter(each => each !== verb) },
            ].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0)
          : [rule],
      );
      const { config, problems } = await withRules(role, rules, read);
      expect(problems.join()).toMatch(
        new RegExp(`${resource}.* may not be read: a ClusterRole with the rule .*"${resource}"`),
      );
      if (verb === 'list') expect(config).toBeUndefined();
    },
  );

  test.each(['stunner-auth', 'stunner-tls'])('without the Secret %s it is told which rule is missing', async name => {
    const role = site.rendered.find(({ kind, metadata }) => kind === 'Role' && metadata.name.endsWith('-secrets'))!;
    const rules = (role.rules as readonly Rule[]).map(rule => ({
      ...rule,
      resourceNames: rule.resourceNames!.filter(each => each !== name),
    }));
    const { problems } = await withRules(role, rules, read);
    expect(problems.join()).toContain('a Role in namespace stunner with the rule');
    expect(problems.join()).toContain(name);
  });

  test('a kind that is not installed is told, and costs nothing but itself', async () => {
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    await site.remove({ ...definition, metadata: { name: 'staticservices.stunner.l7mp.io' } });
    const list = '/apis/stunner.l7mp.io/v1/staticservices';
    await until('it is gone', async () => (await site.plane.call('GET', list)).status === 404);
    const { config, problems } = await read();
    expect(problems.join()).toContain('staticservices.stunner.l7mp.io are not installed');
    expect(config?.clusters.map(({ name }) => name)).toEqual(['acme/media']);
  });

  test('grant no verb that nothing needs', () => {
    const verbs = (site.object('ClusterRole').rules as readonly Rule[])
      .filter(({ resources }) => resources.some(each => READ.includes(each)))
      .flatMap(rule => rule.verbs);
    expect([...new Set(verbs)].sort()).toEqual(['list', 'watch']);
  });
});
