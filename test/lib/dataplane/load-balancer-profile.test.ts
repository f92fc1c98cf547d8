import {
  LoadBalancerProfile,
  MediaBackend,
  MediaRoute,
  PortRange,
  StunnerGatewayProps,
  TurnListener,
} from 'cdk8s-stunner';
import { complaints, gatewayIn, manifest, manifests, plainChart } from '../support';

const both = [TurnListener.udp(), TurnListener.tcp()];

function annotationsOf(loadBalancer: LoadBalancerProfile, props: Partial<StunnerGatewayProps> = {}) {
  const chart = plainChart();
  gatewayIn(chart, { loadBalancer, ...props });
  return manifest(chart, 'Gateway').metadata.annotations;
}

const AWS = 'service.beta.kubernetes.io/aws-load-balancer';
const DIGITAL_OCEAN = 'service.beta.kubernetes.io/do-loadbalancer';

test.each<[LoadBalancerProfile, Record<string, string>]>([
  [
    LoadBalancerProfile.awsNlb({ eipAllocations: ['eipalloc-1', 'eipalloc-2'] }),
    {
      [`${AWS}-type`]: 'external',
      [`${AWS}-scheme`]: 'internet-facing',
      [`${AWS}-nlb-target-type`]: 'ip',
      [`${AWS}-enable-tcp-udp-listener`]: 'true',
      [`${AWS}-healthcheck-port`]: '8086',
      [`${AWS}-healthcheck-path`]: '/ready',
      [`${AWS}-eip-allocations`]: 'eipalloc-1,eipalloc-2',
    },
  ],
  [LoadBalancerProfile.gke(), { 'cloud.google.com/l4-rbs': 'enabled' }],
  [LoadBalancerProfile.azure(), { 'service.beta.kubernetes.io/port_8086_health-probe_request-path': '/ready' }],
  [
    LoadBalancerProfile.digitalOcean(),
    { [`${DIGITAL_OCEAN}-override-health-check`]: 'true', [`${DIGITAL_OCEAN}-healthcheck-port`]: '8086' },
  ],
  [
    LoadBalancerProfile.ociNlb(),
    { 'oci.oraclecloud.com/load-balancer-type': 'nlb', 'stunner.l7mp.io/disable-session-affinity': 'true' },
  ],
  [
    LoadBalancerProfile.metalLb({ addresses: ['192.0.2.1', '2001:db8::1'], sharingKey: 'turn' }),
    { 'metallb.io/loadBalancerIPs': '192.0.2.1,2001:db8::1', 'metallb.io/allow-shared-ip': 'turn' },
  ],
  [
    LoadBalancerProfile.cilium({ addresses: ['192.0.2.1'], sharingKey: 'turn' }),
    { 'lbipam.cilium.io/ips': '192.0.2.1', 'lbipam.cilium.io/sharing-key': 'turn' },
  ],
  [
    LoadBalancerProfile.nodePort({ 'udp-listener': 30478 }),
    { 'stunner.l7mp.io/service-type': 'NodePort', 'stunner.l7mp.io/nodeport': '{"udp-listener":30478}' },
  ],
  [LoadBalancerProfile.hostNetwork(), { 'stunner.l7mp.io/service-type': 'ClusterIP' }],
  [LoadBalancerProfile.custom({ annotations: { 'example.com/lb': 'x' } }), { 'example.com/lb': 'x' }],
])('$name tells the load balancer what it wants to know', (profile, expected) => {
  expect(annotationsOf(profile)).toMatchObject(expected);
});

test('the health port is exposed exactly where the probe comes to the Service', () => {
  const probe = /^service\.beta\.kubernetes\.io\/.*health.*port$/;
  const exposed = [LoadBalancerProfile.awsNlb(), LoadBalancerProfile.azure(), LoadBalancerProfile.gke()]
    .filter(({ annotations }) => Object.keys(annotations).some(key => probe.test(key)))
    .filter(({ annotations }) => annotations['stunner.l7mp.io/disable-health-check-expose'] !== 'true');
  expect(exposed.map(({ name }) => name)).toEqual(['azure']);
});

test.each([
  ['gke', LoadBalancerProfile.gke()],
  ['azure', LoadBalancerProfile.azure()],
  ['oci-nlb', LoadBalancerProfile.ociNlb()],
])('%s goes straight to the nodes with a pod, for that keeps the address of the client', (_, profile) => {
  expect(annotationsOf(profile)).toMatchObject({ 'stunner.l7mp.io/external-traffic-policy': 'local' });
});

test("the user's annotation wins over the profile's", () => {
  const annotations = { [`${AWS}-scheme`]: 'internal' };
  expect(annotationsOf(LoadBalancerProfile.awsNlb(), { annotations })).toMatchObject(annotations);
});

test('UDP and TCP share a load balancer where it can serve both', () => {
  expect(annotationsOf(LoadBalancerProfile.awsNlb(), { listeners: both })).toMatchObject({
    'stunner.l7mp.io/enable-mixed-protocol-lb': 'true',
  });
});

describe('where no load balancer serves both transports', () => {
  const chart = plainChart();
  const gateway = gatewayIn(chart, {
    loadBalancer: LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
    hostname: 'turn.example.com',
    listeners: [...both, TurnListener.tls(5349, { certificate: { name: 'tls' } })],
    routeNamespaces: ['acme'],
  });
  const backends = [MediaBackend.service('sfu', { ports: PortRange.single(5000) })];
  new MediaRoute(chart, 'all', { gateway, namespace: 'acme', backends });
  new MediaRoute(chart, 'tls-only', { gateway, namespace: 'acme', backends, listeners: ['tls-listener'] });

  test('each has a Gateway of its own', () => {
    const gateways = manifests(chart).filter(({ kind }) => kind === 'Gateway');
    expect(gateways.map(({ metadata, spec }) => [metadata.name, spec.listeners])).toMatchObject([
      ['stunner-gateway', [{ name: 'udp-listener' }]],
      ['stunner-gateway-tcp', [{ name: 'tcp-listener' }, { name: 'tls-listener' }]],
    ]);
    expect(JSON.stringify(gateways)).not.toContain('enable-mixed-protocol-lb');
    expect(complaints(gateway)).toEqual([]);
  });

  test('routes attach to both, or to the one that has their listener', () => {
    const parents = manifests(chart)
      .filter(({ kind }) => kind === 'UDPRoute')
      .map(({ spec }) => (spec.parentRefs as { name: string }[]).map(({ name }) => name));
    expect(parents).toEqual([['stunner-gateway', 'stunner-gateway-tcp'], ['stunner-gateway-tcp']]);
  });

  test('clients find the second by a name of its own', () => {
    expect(gateway.turnUris()).toEqual([
      'turn:turn.example.com:3478?transport=udp',
      'turn:tcp.turn.example.com:3478?transport=tcp',
      'turns:tcp.turn.example.com:5349?transport=tcp',
    ]);
  });
});

test.each<[string, Partial<StunnerGatewayProps>, string]>([
  [
    'UDP on Hetzner',
    { loadBalancer: LoadBalancerProfile.hetzner({ location: 'fsn1' }), listeners: both },
    'load balancer "hetzner" has no UDP (got "udp-listener"): listeners over TCP; use TCP and TLS listeners, or LoadBalancerProfile.nodePort()',
  ],
  [
    'ClientIP affinity with UDP on OCI',
    {
      loadBalancer: LoadBalancerProfile.ociNlb(),
      annotations: { 'stunner.l7mp.io/disable-session-affinity': 'false' },
    },
    'load balancer "oci-nlb" refuses ClientIP affinity with UDP (got "false"): stunner.l7mp.io/disable-session-affinity "true"; drop the annotation',
  ],
  [
    'a node port for a listener that is not there',
    { loadBalancer: LoadBalancerProfile.nodePort({ udp: 30478 }) },
    'annotation stunner.l7mp.io/nodeport is not understood (got "{"udp":30478}"): a JSON object from listener names (udp-listener) to ports 30000 to 32767; write it like {"udp-listener":30478}',
  ],
])('%s is refused', (_, props, message) => {
  expect(complaints(gatewayIn(plainChart(), props))).toEqual([message]);
});

test('TCP and TLS on Hetzner work', () => {
  const loadBalancer = LoadBalancerProfile.hetzner({ location: 'fsn1' });
  expect(complaints(gatewayIn(plainChart(), { loadBalancer, listeners: [TurnListener.tcp()] }))).toEqual([]);
});

test('an unknown scheme is refused', () => {
  expect(() => LoadBalancerProfile.awsNlb({ scheme: 'public' })).toThrow(
    'scheme is unknown (got "public"): "internet-facing" or "internal"; correct it',
  );
});
