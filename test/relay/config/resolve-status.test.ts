import type { Condition, ResolvedStatus } from '../../../relay/src/config/status';
import {
  base,
  configOf,
  gateway,
  gatewayClass,
  manifest,
  resolved,
  secret,
  staticRef,
  staticService,
  udp,
  udpRoute,
  type Manifest,
} from './fixtures';

const net = staticService('acme/net', ['10.0.0.1']);
const tcp = { ...udp, name: 'tcp', protocol: 'TURN-TCP' };

function statusOf(...objects: Manifest[]): ResolvedStatus {
  return resolved([...base, net, ...objects], { gateway: 'turn/edge' }).status;
}

const short = ({ type, status, reason }: Condition): string => `${type}=${status}/${reason}`;
const ofGateway = (...objects: Manifest[]): string[] => statusOf(...objects).gateway!.conditions.map(short);

function balancer(name: string, protocol: string, ingress: readonly unknown[], spec: Manifest = {}): Manifest {
  const selector = { 'stunner.l7mp.io/related-gateway-name': 'edge' };
  const ports = [{ port: 3478, protocol }];
  return manifest('v1', 'Service', `turn/${name}`, {
    spec: { type: 'LoadBalancer', selector, ports, ...spec },
    status: { loadBalancer: { ingress } },
  });
}

describe('addresses', () => {
  const edge = gateway('turn/edge', [udp, tcp]);

  test('are all that the load balancer has, each once', () => {
    const ingress = [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }, { hostname: 'lb.example.org' }, { ip: '192.0.2.1' }];
    expect(statusOf(edge, balancer('edge', 'UDP', ingress)).gateway!.addresses).toEqual([
      { type: 'IPAddress', value: '192.0.2.1' },
      { type: 'IPAddress', value: '2001:db8::1' },
      { type: 'Hostname', value: 'lb.example.org' },
    ]);
  });

  test('of a transport are those of its own Service, where there is one for each', () => {
    const services = [
      balancer('edge', 'UDP', [{ ip: '192.0.2.1' }]),
      balancer('edge-tcp', 'TCP', [{ ip: '192.0.2.2' }]),
    ];
    const listeners = configOf([...base, edge, ...services]).listeners.map(({ transport, publicAddress }) => [
      transport,
      publicAddress,
    ]);
    expect(listeners).toEqual([
      ['udp', '192.0.2.1'],
      ['tcp', '192.0.2.2'],
    ]);
    expect(statusOf(edge, ...services).gateway!.addresses.map(({ value }) => value)).toEqual([
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });

  test("are not those of another Gateway's Service that has the name", () => {
    const selector = { 'stunner.l7mp.io/related-gateway-name': 'edge-tcp' };
    expect(statusOf(edge, balancer('edge-tcp', 'TCP', [{ ip: '192.0.2.2' }], { selector })).gateway!.addresses).toEqual(
      [],
    );
  });

  test.each<[string, Manifest[], string]>([
    ['no Service', [], 'there is no Service turn/edge: spec.addresses, or a Service of type LoadBalancer'],
    [
      'a NodePort',
      [balancer('edge', 'UDP', [], { type: 'NodePort' })],
      'Service turn/edge is of type NodePort and nodes are not read',
    ],
    [
      'a load balancer that waits',
      [balancer('edge', 'UDP', [])],
      'the load balancer of Service turn/edge has given no address yet',
    ],
  ])('that are missing are told with what would give one: %s', (_, objects, message) => {
    const [, programmed] = statusOf(edge, ...objects).gateway!.conditions;
    expect(programmed).toMatchObject({ type: 'Programmed', status: 'False', reason: 'AddressNotAssigned' });
    expect(programmed!.message).toContain(message);
  });
});

describe('a Gateway that asks for what no relay can do is refused, and has no configuration', () => {
  test.each<[string, Manifest, string]>([
    [
      'parameters of its own',
      { infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'x' } } },
      'InvalidParameters',
    ],
    ['an unknown type of address', { addresses: [{ type: 'example.org/pool', value: 'a' }] }, 'UnsupportedAddress'],
    ['an address type that is no text', { addresses: [{ type: 5 }] }, 'UnsupportedAddress'],
  ])('%s', (_, spec, reason) => {
    const edge = gateway('turn/edge', [udp], spec);
    expect(ofGateway(edge)).toEqual([`Accepted=False/${reason}`, 'Programmed=False/Invalid']);
    expect(resolved([...base, edge]).config).toBeUndefined();
  });

  test('but its labels and annotations for infrastructure may be there', () => {
    expect(ofGateway(gateway('turn/edge', [udp], { infrastructure: { labels: { a: 'b' } } }))[0]).toBe(
      'Accepted=True/Accepted',
    );
  });
});

describe('allowedRoutes.kinds', () => {
  const route = udpRoute('acme/sfu', [staticRef]);
  const STUNNER = { group: 'stunner.l7mp.io', kind: 'UDPRoute' };

  test.each<[string, unknown, number, string]>([
    ['absent: all that are served', undefined, 1, 'True/ResolvedRefs'],
    ['the one that is served', [STUNNER], 1, 'True/ResolvedRefs'],
    ['it and another', [STUNNER, { kind: 'TCPRoute' }], 1, 'False/InvalidRouteKinds'],
    ['another', [{ kind: 'TCPRoute' }], 0, 'False/InvalidRouteKinds'],
    ['its name, in the group that stands for none', [{ kind: 'UDPRoute' }], 0, 'False/InvalidRouteKinds'],
    ['no list', 'UDPRoute', 0, 'False/InvalidRouteKinds'],
  ])('%s', (_, kinds, attached, expected) => {
    const listener = { ...udp, allowedRoutes: { namespaces: { from: 'All' }, kinds } };
    const objects = [gateway('turn/edge', [listener]), route];
    const [status] = statusOf(...objects).gateway!.listeners;
    expect(status).toMatchObject({ attachedRoutes: attached, supportedKinds: attached === 0 ? [] : [STUNNER] });
    expect(status!.conditions.map(short)).toContain(`ResolvedRefs=${expected}`);
    // What is told is what is enforced.
    expect(configOf([...base, net, ...objects]).listeners[0]!.routes).toHaveLength(attached);
  });
});

describe('a credential that a route names and nobody has', () => {
  const named = (value: string): Manifest =>
    udpRoute('acme/sfu', [staticRef], {}, { annotations: { 'cdk8s-stunner.dev/auth-ref': value } });

  test.each<[string, Manifest, Manifest[], string]>([
    ['is missing', named('turn'), [], 'False/InvalidCredentialRef'],
    ['is empty', named('turn'), [secret('acme/turn', {})], 'False/InvalidCredentialRef'],
    ['is no name', named('a/b'), [], 'False/InvalidCredentialRef'],
    ['is there', named('turn'), [secret('acme/turn', { type: 'ephemeral', secret: 's' })], 'True/ResolvedRefs'],
  ])('%s', (_, route, secrets, expected) => {
    const { routes } = statusOf(gateway('turn/edge', [udp]), route, ...secrets);
    expect(routes[0]!.parents[0]!.conditions.map(short)).toEqual([
      'Accepted=True/Accepted',
      `ResolvedRefs=${expected}`,
    ]);
  });
});

test('each class of ours has its status, also those without a Gateway, and other classes have none', () => {
  const objects = [
    gatewayClass('idle', 'cdk8s-stunner.dev/relay', 'turn/missing'),
    gatewayClass('stunner', 'stunner.l7mp.io/gateway-operator', 'turn/config'),
    gatewayClass('web', 'example.org/web', 'turn/config'),
  ];
  const { warnings, status } = resolved([...base, gateway('turn/edge', [udp]), ...objects]);
  expect(
    status.gatewayClasses.map(({ name, controllerName, conditions }) => [
      name,
      controllerName,
      ...conditions.map(short),
    ]),
  ).toEqual([
    ['idle', 'cdk8s-stunner.dev/relay', 'Accepted=False/InvalidParameters'],
    ['stunner', 'stunner.l7mp.io/gateway-operator', 'Accepted=True/Accepted'],
    ['turn', 'cdk8s-stunner.dev/relay', 'Accepted=True/Accepted'],
  ]);
  // What is wrong with a class that is not served is no fault of this configuration.
  expect(warnings).toEqual([]);
  expect(resolved(base).status.gatewayClasses).toHaveLength(1);
});
