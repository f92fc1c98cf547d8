import { celEnv, type CelInput, isCelError, parse, plan } from '@bufbuild/cel';
import { TenantAdmission } from 'cdk8s-stunner';
import { KUBERNETES_FUNCTIONS } from '../../oracle/cel-kubernetes';
import { Manifest, manifests, plainChart } from '../support';

interface Policy extends Manifest {
  spec: {
    matchConstraints: { namespaceSelector: { matchExpressions: unknown[] } };
    validations: { expression: string; message: string }[];
  };
}

function policies(namespaces: string[] = ['acme']): Policy[] {
  const chart = plainChart();
  const admission = new TenantAdmission(chart, 'tenants', { clusterPrefixes: ['10.96.0.0/12'] });
  namespaces.forEach(namespace => admission.addNamespace(namespace));
  return manifests(chart).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy') as Policy[];
}

const ENVIRONMENT = celEnv({ funcs: KUBERNETES_FUNCTIONS });

/** The messages that the API server would deny the object with. */
function denials(resource: string, spec: object): string[] {
  const object = { metadata: { name: 'x', namespace: 'acme' }, spec } as unknown as CelInput;
  const { validations } = policies().find(({ metadata }) => metadata.name === `tenants-${resource}`)!.spec;
  return validations
    .filter(({ expression }) => {
      const result = plan(ENVIRONMENT, parse(expression))({ object });
      return isCelError(result) || result !== true;
    })
    .map(({ message }) => message);
}

test('only tenants are held to the rules, whatever the order they came in', () => {
  const [policy] = policies(['globex', 'acme']);
  expect(policy?.spec.matchConstraints.namespaceSelector.matchExpressions).toEqual([
    { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['acme', 'globex'] },
  ]);
});

test('without tenants the rules hold for no namespace, rather than for every one', () => {
  expect(policies([])[0]?.spec.matchConstraints.namespaceSelector.matchExpressions).toEqual([
    { key: 'kubernetes.io/metadata.name', operator: 'DoesNotExist' },
  ]);
});

const FOREIGN = ['a route may open backends of its own namespace only'];
test.each([
  ['its own Service', { rules: [{ backendRefs: [{ name: 'sfu' }] }] }, []],
  ['its own Service, by namespace', { rules: [{ backendRefs: [{ name: 'sfu', namespace: 'acme' }] }] }, []],
  ['nothing', { rules: [{}] }, []],
  ['a Service of another tenant', { rules: [{ backendRefs: [{ name: 'sfu', namespace: 'globex' }] }] }, FOREIGN],
  [
    'a Service of another tenant in its second rule',
    { rules: [{ backendRefs: [{ name: 'a' }] }, { backendRefs: [{ name: 'a' }, { name: 'b', namespace: 'b' }] }] },
    FOREIGN,
  ],
])('a route that opens %s', (_, spec, expected) => {
  expect(denials('udproutes', spec)).toEqual(expected);
});

const CLOSED = ['a prefix may not overlap loopback, link-local, metadata, multicast or cluster networks'];
test.each<[string[], string[]]>([
  [['192.0.2.0/24', '2001:db8::/64', '198.51.100.7'], []],
  [['0.0.0.0/0'], CLOSED],
  [['::/0'], CLOSED],
  [['127.0.0.1'], CLOSED],
  [['169.254.169.254'], CLOSED],
  [['169.254.0.0/16'], CLOSED],
  [['192.0.2.1', 'fe80::1'], CLOSED],
  [['10.100.0.0/24'], CLOSED],
  [['192.0.2.0/24:<1-2>'], CLOSED],
  [['::ffff:127.0.0.1'], CLOSED],
])('static prefixes %j', (prefixes, expected) => {
  expect(denials('staticservices', { prefixes })).toEqual(expected);
});

test.each<[object, string[]]>([
  [{ authRef: { name: 'a' } }, []],
  [{ authRef: { name: 'a', namespace: 'acme' } }, []],
  [{ authRef: { name: 'a', namespace: 'stunner' } }, ['authRef may name a Secret of its own namespace only']],
  [{ userName: 'u', password: 'p' }, ['a credential belongs in a Secret, named by authRef']],
])('a GatewayConfig with %j', (spec, expected) => {
  expect(denials('gatewayconfigs', spec)).toEqual(expected);
});

test('each policy is bound, to deny', () => {
  const chart = plainChart();
  new TenantAdmission(chart, 'tenants');
  const bindings = manifests(chart).filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
  expect(bindings.map(({ spec }) => spec)).toEqual(
    ['udproutes', 'staticservices', 'gatewayconfigs'].map(resource => ({
      policyName: `tenants-${resource}`,
      validationActions: ['Deny'],
    })),
  );
});
