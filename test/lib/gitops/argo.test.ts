import { ApiObject, Chart, Testing } from 'cdk8s';
import {
  ArgoApplication,
  ArgoDelivery,
  ArgoDeliveryProps,
  ArgoProject,
  GitOpsApp,
  Region,
  RegionalStunner,
  Tenant,
} from 'cdk8s-stunner';
import { parse } from 'yaml';
import { CrdOracle } from '../../oracle/crd-oracle';
import { GATEWAY_DEFAULTS, Manifest, manifest, manifests, plainChart } from '../support';

const oracle = CrdOracle.load();
const repoUrl = 'https://git.example.com/deploy.git';

function delivery(props: Partial<ArgoDeliveryProps> = {}) {
  const app = Testing.app();
  const stunner = new RegionalStunner(app, 'stunner', {
    ...GATEWAY_DEFAULTS,
    regions: ['eu', 'us'].map(name => Region.of(name, { hostname: `${name}.example.com` })),
    tenants: [Tenant.of('globex', { namespace: 'globex-media' }), Tenant.of('acme')],
  });
  const chart = new Chart(app, 'argocd', { namespace: 'argocd' });
  new ArgoDelivery(chart, 'turn', { stunner, repoUrl, ...props });
  return { chart, stunner };
}

test('the default child of an application is the Application', () => {
  const application = new ArgoApplication(plainChart(), 'turn', { repoUrl, path: 'dist/eu/platform' });
  expect(ApiObject.of(application)).toMatchObject({ kind: 'Application' });
});

test('an application is applied on the server, and an empty one empties nothing', () => {
  const chart = plainChart();
  const props = { repoUrl, path: 'dist/eu/acme', cluster: 'eu', revision: 'main', project: 'turn-acme' };
  new ArgoApplication(chart, 'turn', { ...props, name: 'turn-acme', namespace: 'gitops' });
  const object = manifest(chart, 'Application');
  expect(object).toMatchObject({
    metadata: { name: 'turn-acme', namespace: 'gitops' },
    spec: {
      project: 'turn-acme',
      source: { repoURL: repoUrl, path: 'dist/eu/acme', targetRevision: 'main' },
      destination: { name: 'eu' },
      syncPolicy: {
        automated: { allowEmpty: false },
        syncOptions: expect.arrayContaining(['ServerSideApply=true']) as [],
      },
    },
  });
  expect(oracle.check(object)).toEqual([]);
});

describe('a delivery', () => {
  const { chart, stunner } = delivery({ path: 'rendered', clusters: { us: 'us-prod' } });
  const objects = manifests(chart);
  const projects = objects.filter(({ kind }) => kind === 'AppProject');
  const project = (name: string) => projects.find(({ metadata }) => metadata.name === name)!;

  test('has a project for the platform and for each tenant', () => {
    expect(projects.map(({ metadata }) => metadata.name)).toEqual(['turn-platform', 'turn-acme', 'turn-globex']);
  });

  test('keeps a tenant in its namespace, out of Secrets, Gateways and all that is cluster-scoped', () => {
    const { spec } = project('turn-globex');
    expect(spec).toMatchObject({
      sourceRepos: [repoUrl],
      destinations: [
        { name: 'eu', namespace: 'globex-media' },
        { name: 'us-prod', namespace: 'globex-media' },
      ],
      clusterResourceWhitelist: [],
    });
    const kinds = (spec.namespaceResourceWhitelist as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toContain('UDPRoute');
    for (const kind of ['*', 'Secret', 'Gateway', 'GatewayConfig', 'ReferenceGrant', 'RoleBinding', 'ResourceQuota']) {
      expect(kinds).not.toContain(kind);
    }
  });

  test('lets the platform do what it renders, in whatever namespace that is', () => {
    const allowed = project('turn-platform').spec.destinations as { namespace: string }[];
    const kinds = ArgoProject.clusterKinds().map(({ group, kind }) => `${group}/${kind}`);
    for (const { platform } of stunner.regions) {
      for (const { apiVersion, kind, metadata } of manifests(platform)) {
        const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
        if (metadata.namespace === undefined) expect(kinds).toContain(`${group}/${kind}`);
        else expect(allowed.map(({ namespace }) => namespace)).toContain(metadata.namespace);
      }
    }
  });

  test('has an application for each folder, region after region, and leaves the objects of one that goes', () => {
    const { spec } = objects.find(({ kind }) => kind === 'ApplicationSet')! as Manifest & {
      spec: { generators: [{ list: { elements: object[] } }] };
    };
    expect(spec.generators[0].list.elements).toEqual([
      { region: 'eu', folder: 'platform', cluster: 'eu' },
      { region: 'eu', folder: 'acme', cluster: 'eu' },
      { region: 'eu', folder: 'globex', cluster: 'eu' },
      { region: 'us', folder: 'platform', cluster: 'us-prod' },
      { region: 'us', folder: 'acme', cluster: 'us-prod' },
      { region: 'us', folder: 'globex', cluster: 'us-prod' },
    ]);
    expect(spec).toMatchObject({
      goTemplateOptions: ['missingkey=error'],
      syncPolicy: { applicationsSync: 'create-update', preserveResourcesOnDeletion: true },
      template: {
        metadata: { name: 'turn-{{ .region }}-{{ .folder }}' },
        spec: {
          project: 'turn-{{ .folder }}',
          source: { path: 'rendered/{{ .region }}/{{ .folder }}' },
          destination: { name: '{{ .cluster }}' },
        },
      },
    });
  });

  test('is what the API server would accept', () => {
    expect(objects.flatMap(object => oracle.check(object))).toEqual([]);
  });
});

test('a cluster of an unknown region is refused', () => {
  expect(() => delivery({ clusters: { mars: 'red' } })).toThrow(
    '[argocd/turn] no such region (got "mars"): one of eu, us; correct "clusters"',
  );
});

test('a kustomization lists the files of its folder, on request', () => {
  const app = new GitOpsApp({ kustomizations: true, outdir: '/nowhere' });
  new RegionalStunner(app, 'stunner', {
    ...GATEWAY_DEFAULTS,
    regions: [Region.of('eu', { hostname: 'eu.example.com' })],
    tenants: [],
  });
  const paths = app.render().map(({ path }) => path);
  expect(app.diff()).toEqual(['A eu/platform/kustomization.yaml', ...paths.map(path => `A ${path}`)].sort());
});

test('its content is a Kustomization', () => {
  const { kustomizations } = jest.requireActual<{
    kustomizations: (files: { path: string; content: string }[]) => { path: string; content: string }[];
  }>('../../../lib/private/kustomization');
  const [file] = kustomizations(['b/x.yaml', 'b/y.yaml'].map(path => ({ path, content: '' })));
  expect(file?.path).toBe('b/kustomization.yaml');
  expect(parse(file?.content ?? '')).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['x.yaml', 'y.yaml'],
  });
});
