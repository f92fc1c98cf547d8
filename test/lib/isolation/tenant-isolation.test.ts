import { ApiObject } from 'cdk8s';
import { GuardedNamespace, PodSecurity, Tenant, TenantIsolation } from 'cdk8s-stunner';
import { manifest, plainChart } from '../support';

function isolated(tenant: Tenant) {
  const chart = plainChart();
  new TenantIsolation(chart, 'acme', { tenant });
  return chart;
}

test('the default child of a guarded namespace is the Namespace', () => {
  expect(ApiObject.of(new GuardedNamespace(plainChart(), 'ns', { name: 'acme' }))).toMatchObject({ kind: 'Namespace' });
});

test('pods must meet the Pod Security Standard "restricted"', () => {
  expect(manifest(isolated(Tenant.of('acme')), 'Namespace').metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  });
});

test('a tenant may be let off to "baseline"', () => {
  const { metadata } = manifest(isolated(Tenant.of('acme', { podSecurity: PodSecurity.BASELINE })), 'Namespace');
  expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'baseline' });
});

test('a namespace is not pruned without being asked, for all goes with it', () => {
  expect(manifest(isolated(Tenant.of('acme')), 'Namespace').metadata.annotations).toMatchObject({
    'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm',
  });
});

test('pods get no API token unless they ask', () => {
  expect(manifest(isolated(Tenant.of('acme')), 'ServiceAccount')).toMatchObject({
    metadata: { name: 'default', namespace: 'acme' },
    automountServiceAccountToken: false,
  });
});

test('no public address round the relay, and what else the tenant may use', () => {
  expect(manifest(isolated(Tenant.of('acme', { quota: { pods: '50' } })), 'ResourceQuota').spec).toEqual({
    hard: { 'services.loadbalancers': '0', 'services.nodeports': '0', pods: '50' },
  });
});

test('everything but DNS is denied until something allows it', () => {
  expect(manifest(isolated(Tenant.of('acme')), 'NetworkPolicy').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    egress: [
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
      },
    ],
  });
});
