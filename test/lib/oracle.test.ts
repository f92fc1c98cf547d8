import { Chart } from 'cdk8s';
import {
  Dataplane,
  GitOpsApp,
  MediaBackend,
  MediaRoute,
  PortRange,
  StunnerGateway,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { parse } from 'yaml';
import { CrdOracle } from '../oracle/crd-oracle';
import { exampleNames, renderExample } from './examples';

const oracle = CrdOracle.load();

describe.each(exampleNames())('example %s', name => {
  const manifests = Object.entries(renderExample(name)).filter(([file]) => file.endsWith('.yaml'));

  test.each(manifests)('the API server would accept %s', (_, content) => {
    expect(oracle.check(parse(content) as object)).toEqual([]);
  });
});

describe('every kind with every prop', () => {
  const app = new GitOpsApp();
  const chart = new Chart(app, 'everything', { namespace: 'stunner' });
  const certificate = { name: 'tls', namespace: 'certs' };
  const gateway = new StunnerGateway(chart, 'edge', {
    realm: 'example.com',
    auth: TurnAuth.static({ name: 'auth', namespace: 'vault' }),
    listeners: [
      TurnListener.udp(53),
      TurnListener.tcp(80),
      TurnListener.dtls(443, { certificate }),
      TurnListener.tls(443, { certificate }),
    ],
    routeNamespaces: ['acme'],
    hostname: 'turn.example.com',
    address: '2001:db8::1',
    dataplane: Dataplane.operator({ replicas: 2, podLabels: { team: 'media' } }),
  });
  const ports = PortRange.of(20000, 40000);
  new MediaRoute(chart, 'media', {
    gateway,
    namespace: 'acme',
    listeners: ['udp-listener', 'tls-listener'],
    auth: TurnAuth.ephemeral({ name: 'acme-turn' }),
    backends: [
      MediaBackend.service('sfu', { ports, namespace: 'media' }),
      MediaBackend.staticPrefixes(['192.0.2.0/24', '2001:db8::/64'], { ports: PortRange.any() }),
    ],
  });

  test.each(app.render().map(({ path, content }) => [path, content]))(
    'the API server would accept %s',
    (_, content) => {
      expect(oracle.check(parse(content) as object)).toEqual([]);
    },
  );
});
