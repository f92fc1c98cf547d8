import type { Manifest } from './cluster-site';
import { gatewayApiRoute } from './gateway-api-route';

/** Objects that are added to a rendered tree, or take the place of one of it. */
export interface Case {
  readonly name: string;
  readonly objects: readonly Manifest[];
  /** What clients with the gateway's credential reach of `PEERS`. */
  readonly reached: readonly string[];
}

export const PEERS = ['10.1.0.1', '10.2.0.1', '10.2.0.2', '10.96.0.77', '192.0.2.200', 'fd00:1::1', 'fd00:1::2'];

const route = (name: string, ...backendRefs: readonly object[]): Manifest => ({
  apiVersion: 'stunner.l7mp.io/v1',
  kind: 'UDPRoute',
  metadata: { name, namespace: 'acme' },
  spec: { parentRefs: [{ name: 'stunner-gateway', namespace: 'stunner' }], rules: [{ backendRefs }] },
});
const service = (namespace: string, name: string, clusterIP = 'None'): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { clusterIP, ports: [{ name: 'rtp', protocol: 'UDP', port: 5000 }] },
});
const slice = (namespace: string, name: string, addresses: readonly string[], conditions: object = {}): Manifest => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-a`, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: addresses[0]!.includes(':') ? 'IPv6' : 'IPv4',
  endpoints: addresses.map(address => ({ addresses: [address], conditions })),
  ports: [],
});
const grant = (namespace: string, to: string, group = 'stunner.l7mp.io'): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { name: 'from-acme', namespace },
  spec: { from: [{ group, kind: 'UDPRoute', namespace: 'acme' }], to: [{ group: '', kind: to }] },
});
const other: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } };

/** The same objects in a folder and in a cluster are to come to the same. */
export const CASES: readonly Case[] = [
  { name: 'a tree as it is rendered', objects: [], reached: [] },
  {
    name: 'a headless Service and its pods',
    objects: [route('a', { name: 'a' }), service('acme', 'a'), slice('acme', 'a', ['10.1.0.1'])],
    reached: ['10.1.0.1'],
  },
  {
    name: 'pods that terminate or are not ready',
    objects: [
      route('a', { name: 'a' }),
      service('acme', 'a'),
      slice('acme', 'a', ['10.2.0.1', '10.2.0.2'], { ready: false, serving: true, terminating: true }),
    ],
    reached: ['10.2.0.1', '10.2.0.2'],
  },
  {
    name: 'the cluster address of a Service',
    objects: [route('a', { name: 'a', port: 5000 }), service('acme', 'a', '10.96.0.77')],
    reached: ['10.96.0.77'],
  },
  {
    name: 'pods of IPv6',
    objects: [route('a', { name: 'a' }), service('acme', 'a'), slice('acme', 'a', ['fd00:1::1'])],
    reached: ['fd00:1::1'],
  },
  {
    name: 'a StaticService with ports',
    objects: [
      route('a', { group: 'stunner.l7mp.io', kind: 'StaticService', name: 'a', port: 1, endPort: 9000 }),
      {
        apiVersion: 'stunner.l7mp.io/v1',
        kind: 'StaticService',
        metadata: { name: 'a', namespace: 'acme' },
        spec: { prefixes: ['10.2.0.0/24', '192.0.2.200'] },
      },
    ],
    reached: ['10.2.0.1', '10.2.0.2', '192.0.2.200'],
  },
  {
    name: 'a Service of another namespace, without a ReferenceGrant',
    objects: [
      other,
      route('a', { name: 'b', namespace: 'other' }),
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: [],
  },
  {
    name: 'a Service of another namespace, with a ReferenceGrant',
    objects: [
      other,
      grant('other', 'Service'),
      route('a', { name: 'b', namespace: 'other' }),
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: ['10.1.0.1'],
  },
  {
    name: 'a ReferenceGrant to another kind',
    objects: [
      other,
      grant('other', 'ConfigMap'),
      route('a', { name: 'b', namespace: 'other' }),
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: [],
  },
  {
    name: 'a route of a namespace that no listener admits',
    objects: [
      other,
      { ...route('a', { name: 'b' }), metadata: { name: 'a', namespace: 'other' } },
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: [],
  },
  {
    name: 'two routes to two Services',
    objects: [
      route('a', { name: 'a' }),
      route('b', { name: 'b' }),
      ...[service('acme', 'a'), slice('acme', 'a', ['10.1.0.1'])],
      ...[service('acme', 'b'), slice('acme', 'b', ['10.2.0.1'])],
    ],
    reached: ['10.1.0.1', '10.2.0.1'],
  },
  {
    name: "Gateway API's own route, with the port that it has to have",
    objects: [
      gatewayApiRoute('a', 'v1', { name: 'a', port: 5000 }),
      service('acme', 'a'),
      slice('acme', 'a', ['10.1.0.1']),
    ],
    reached: ['10.1.0.1'],
  },
  {
    name: "Gateway API's own route and STUNner's of one name",
    objects: [
      gatewayApiRoute('a', 'v1', { name: 'a', port: 5000 }),
      route('a', { name: 'b' }),
      ...[service('acme', 'a'), slice('acme', 'a', ['10.1.0.1'])],
      ...[service('acme', 'b'), slice('acme', 'b', ['10.2.0.1'])],
    ],
    reached: ['10.2.0.1'],
  },
  {
    name: "a ReferenceGrant to STUNner's routes, for one of Gateway API's own",
    objects: [
      other,
      grant('other', 'Service'),
      gatewayApiRoute('a', 'v1', { name: 'b', namespace: 'other', port: 5000 }),
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: [],
  },
  {
    name: "a ReferenceGrant to Gateway API's own routes",
    objects: [
      other,
      grant('other', 'Service', 'gateway.networking.k8s.io'),
      gatewayApiRoute('a', 'v1', { name: 'b', namespace: 'other', port: 5000 }),
      service('other', 'b'),
      slice('other', 'b', ['10.1.0.1']),
    ],
    reached: ['10.1.0.1'],
  },
  {
    name: 'a route to a Service that is not there',
    objects: [route('a', { name: 'gone' })],
    reached: [],
  },
];
