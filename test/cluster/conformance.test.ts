import { mapOf, mapsOf, type JsonMap } from '../../relay/src/cluster-status/json';
import { selfSigned } from '../relay/config/fixtures';
import { controlPlaneAssets } from './assets';
import {
  CLASS_PATH,
  conditionsOf,
  eventually,
  GATEWAY,
  gateway,
  GATEWAY_PATH,
  rendered,
  route,
  routePath,
  service,
  StatusSite,
  type Manifest,
} from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: conformance of status needs ${assets}`);

const STUNNER = 'stunner.l7mp.io';
const GATEWAY_GROUP = 'gateway.networking.k8s.io';
const UDP_ROUTE = { group: STUNNER, kind: 'UDPRoute' };
const FROM_ALL = { namespaces: { from: 'All' } };
const udp = { name: 'udp', port: 3478, protocol: 'TURN-UDP', allowedRoutes: FROM_ALL };
const tcp = { name: 'tcp', port: 3478, protocol: 'TURN-TCP', allowedRoutes: FROM_ALL };

function tls(certificateRef: JsonMap): JsonMap {
  const certificateRefs = [{ group: '', kind: 'Secret', ...certificateRef }];
  return {
    name: 'tls',
    port: 443,
    protocol: 'TURN-TLS',
    allowedRoutes: FROM_ALL,
    tls: { mode: 'Terminate', certificateRefs },
  };
}

function tlsSecret(id: string, { cert, key }: { cert: string; key: string }): Manifest {
  const [namespace = '', name = ''] = id.split('/');
  const stringData = { 'tls.crt': cert, 'tls.key': key };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'kubernetes.io/tls', stringData };
}

function grant(id: string, from: JsonMap, to: JsonMap): Manifest {
  const [namespace = '', name = ''] = id.split('/');
  return {
    apiVersion: `${GATEWAY_GROUP}/v1beta1`,
    kind: 'ReferenceGrant',
    metadata: { namespace, name },
    spec: { from: [from], to: [to] },
  };
}

/** The cases of the Gateway API's conformance suite that send no packet, by their names there, with TURN's protocols. */
(typeof assets === 'string' ? describe.skip : describe)('Gateway API conformance of status', () => {
  let site: StatusSite;
  let created: Manifest[] = [];
  const certificate = selfSigned();

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await StatusSite.start(assets);
    await site.replica('one');
  }, 120_000);
  afterAll(() => site.stop());
  afterEach(async () => {
    await site.remove(...created);
    created = [];
  });

  async function given(...objects: Manifest[]): Promise<void> {
    created.unshift(...objects.filter(({ kind }) => kind !== 'GatewayClass'));
    await site.apply(...objects);
  }

  /** Every condition is of the object's latest generation. */
  function expectLatest(object: JsonMap): void {
    const { generation } = mapOf(object.metadata);
    const status = mapOf(object.status);
    const holders = [status, ...mapsOf(status.listeners), ...mapsOf(status.parents)];
    const observed = holders.flatMap(holder => mapsOf(holder.conditions)).map(each => each.observedGeneration);
    expect(observed.length).toBeGreaterThan(0);
    expect(new Set(observed)).toEqual(new Set([generation]));
  }

  async function gatewayHas(...conditions: string[]): Promise<JsonMap> {
    return eventually(async () => {
      const object = await site.read(GATEWAY_PATH);
      expectLatest(object);
      expect(conditionsOf(object.status)).toEqual(expect.arrayContaining(conditions));
      return object;
    });
  }

  interface ListenerExpectation {
    readonly name: string;
    readonly kinds?: readonly JsonMap[];
    readonly routes?: number;
    readonly conditions: readonly string[];
  }

  async function listenersAre(...listeners: ListenerExpectation[]): Promise<void> {
    await eventually(async () => {
      const object = await site.read(GATEWAY_PATH);
      expectLatest(object);
      const actual = mapsOf(mapOf(object.status).listeners);
      expect(
        actual.map(({ name, supportedKinds, attachedRoutes }) => ({
          name,
          kinds: supportedKinds,
          routes: attachedRoutes,
        })),
      ).toEqual(listeners.map(({ name, kinds = [UDP_ROUTE], routes = 0 }) => ({ name, kinds, routes })));
      for (const [i, { conditions }] of listeners.entries()) {
        expect(conditionsOf(actual[i])).toEqual(expect.arrayContaining([...conditions]));
      }
    });
  }

  async function routeHas(id: string, ...conditions: string[]): Promise<void> {
    await eventually(async () => {
      const object = await site.read(routePath(id));
      expectLatest(object);
      const [parent, ...others] = mapsOf(mapOf(object.status).parents);
      expect(others).toEqual([]);
      expect(parent).toMatchObject({ controllerName: 'cdk8s-stunner.dev/relay', parentRef: GATEWAY });
      expect(conditionsOf(parent)).toEqual(expect.arrayContaining(conditions));
    });
  }

  describe('GatewayListenerUnsupportedProtocol', () => {
    const invalid = { name: 'invalid', port: 1111, protocol: 'INVALID' };
    const refused = { name: 'invalid', kinds: [], conditions: ['Accepted=False/UnsupportedProtocol'] };

    test('GIVEN no other listener THEN the Gateway is not accepted', async () => {
      await given(gateway([invalid]));
      await gatewayHas('Accepted=False/ListenersNotValid');
      await listenersAre(refused);
    });

    test('GIVEN a supported one beside it THEN the Gateway is accepted', async () => {
      await given(gateway([udp, invalid]));
      await gatewayHas('Accepted=True/ListenersNotValid');
      await listenersAre({ name: 'udp', conditions: ['Accepted=True/Accepted'] }, refused);
    });
  });

  test('GatewayInvalidParametersRef', async () => {
    const parametersRef = { group: 'invalid.io', kind: 'InvalidParameters', name: 'invalid' };
    await given(gateway([udp], { infrastructure: { parametersRef } }));
    await gatewayHas('Accepted=False/InvalidParameters');
  });

  test.each([
    ['only an invalid kind', [{ kind: 'InvalidRoute' }], []],
    ['a supported and an invalid kind', [{ kind: 'InvalidRoute' }, UDP_ROUTE], [UDP_ROUTE]],
  ])('GatewayInvalidRouteKind: %s', async (_, kinds, supported) => {
    await given(gateway([{ ...udp, allowedRoutes: { ...FROM_ALL, kinds } }]));
    await listenersAre({ name: 'udp', kinds: supported, conditions: ['ResolvedRefs=False/InvalidRouteKinds'] });
  });

  test.each<[string, JsonMap, Manifest[]]>([
    ['nonexistent Secret', { name: 'nonexistent' }, []],
    ['unsupported group', { group: 'wrong.group.company.io', name: 'stunner-tls' }, []],
    ['unsupported kind', { kind: 'WrongKind', name: 'stunner-tls' }, []],
    [
      'malformed Secret',
      { name: 'stunner-tls' },
      [tlsSecret('stunner/stunner-tls', { cert: 'Hello\n', key: 'Hello\n' })],
    ],
  ])('GatewayInvalidTLSConfiguration: %s', async (_, ref, secrets) => {
    await given(...secrets, gateway([tls(ref)]));
    await listenersAre({
      name: 'tls',
      conditions: ['ResolvedRefs=False/InvalidCertificateRef', 'Programmed=False/Invalid'],
    });
  });

  describe('GatewayModifyListeners', () => {
    const good = ['Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs', 'Programmed=True/Programmed'];
    const before = [service('stunner/sfu'), route('stunner/sfu', [{ name: 'sfu', port: 8080 }])];

    test('GIVEN one listener WHEN another is added THEN both have their status, of the new generation', async () => {
      await given(tlsSecret('stunner/stunner-tls', certificate), ...before, gateway([tls({ name: 'stunner-tls' })]));
      await listenersAre({ name: 'tls', routes: 1, conditions: good });
      await site.apply(gateway([tls({ name: 'stunner-tls' }), udp]));
      await listenersAre({ name: 'tls', routes: 1, conditions: good }, { name: 'udp', routes: 1, conditions: good });
    });

    test('GIVEN two WHEN one is removed THEN its status is gone', async () => {
      await given(...before, gateway([udp, tcp]));
      await listenersAre({ name: 'udp', routes: 1, conditions: good }, { name: 'tcp', routes: 1, conditions: good });
      await site.apply(gateway([tcp]));
      await listenersAre({ name: 'tcp', routes: 1, conditions: good });
    });
  });

  test('GatewayObservedGenerationBump', async () => {
    await given(gateway([udp]));
    const first = await gatewayHas('Accepted=True/Accepted');
    await site.apply(gateway([udp, tcp]));
    const second = await eventually(async () => {
      const object = await gatewayHas('Accepted=True/Accepted');
      expect(mapOf(object.metadata).generation).not.toBe(mapOf(first.metadata).generation);
      return object;
    });
    expect(mapsOf(mapOf(second.status).listeners)).toHaveLength(2);
  });

  test('GatewayClassObservedGenerationBump', async () => {
    const before = await eventually(async () => {
      const object = await site.read(CLASS_PATH);
      expectLatest(object);
      expect(conditionsOf(object.status)).toEqual(['Accepted=True/Accepted']);
      return object;
    });
    const [gatewayClass] = rendered('GatewayClass');
    await site.apply({ ...gatewayClass!, spec: { ...mapOf(gatewayClass!.spec), description: 'new' } });
    await eventually(async () => {
      const object = await site.read(CLASS_PATH);
      expect(mapOf(object.metadata).generation).not.toBe(mapOf(before.metadata).generation);
      expectLatest(object);
    });
  });

  test('GatewayOptionalAddressValue: an address without value is any, such as the load balancer has', async () => {
    await given(
      gateway([udp], { addresses: [{ type: 'IPAddress' }] }),
      service('stunner/stunner-gateway', { type: 'LoadBalancer' }),
    );
    await gatewayHas('Accepted=True/Accepted', 'Programmed=False/AddressNotAssigned');
    await site.plane.call(
      'PATCH',
      '/api/v1/namespaces/stunner/services/stunner-gateway/status',
      { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }, { hostname: 'lb.example.org' }] } } },
      'application/merge-patch+json',
    );
    const { status } = await gatewayHas('Programmed=True/Programmed');
    expect(mapOf(status).addresses).toEqual([
      { type: 'IPAddress', value: '198.51.100.7' },
      { type: 'Hostname', value: 'lb.example.org' },
    ]);
  });

  test('GatewayStaticAddresses: an unsupported type is refused, a usable address is assigned', async () => {
    const usable = { type: 'IPAddress', value: '203.0.113.9' };
    await given(gateway([udp], { addresses: [{ type: 'test/fake-invalid-type', value: 'fake' }, usable] }));
    await gatewayHas('Accepted=False/UnsupportedAddress');
    await site.apply(gateway([udp], { addresses: [usable] }));
    const { status } = await gatewayHas('Accepted=True/Accepted', 'Programmed=True/Programmed');
    expect(mapOf(status).addresses).toEqual([usable]);
  });

  describe('GatewaySecret*ReferenceGrant', () => {
    const from = { group: GATEWAY_GROUP, kind: 'Gateway', namespace: 'stunner' };
    const to = { group: '', kind: 'Secret', name: 'certificate' };
    const notPermitted = ['ResolvedRefs=False/RefNotPermitted', 'Programmed=False/Invalid'];
    const permitted = ['Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs', 'Programmed=True/Programmed'];

    test.each<[string, Manifest[], string[]]>([
      ['GatewaySecretMissingReferenceGrant', [], notPermitted],
      [
        'GatewaySecretInvalidReferenceGrant',
        [
          grant('stunner/wrong-namespace', from, to),
          grant('acme/wrong-from-group', { ...from, group: 'other.io' }, to),
          grant('acme/wrong-from-kind', { ...from, kind: 'HTTPRoute' }, to),
          grant('acme/wrong-from-namespace', { ...from, namespace: 'other' }, to),
          grant('acme/wrong-to-group', from, { ...to, group: 'other.io' }),
          grant('acme/wrong-to-kind', from, { ...to, kind: 'Service' }),
          grant('acme/wrong-to-name', from, { ...to, name: 'other' }),
        ],
        notPermitted,
      ],
      [
        'GatewaySecretReferenceGrantAllInNamespace',
        [grant('acme/all', from, { group: '', kind: 'Secret' })],
        permitted,
      ],
      ['GatewaySecretReferenceGrantSpecific', [grant('acme/one', from, to)], permitted],
    ])('%s', async (_, grants, conditions) => {
      await given(
        tlsSecret('acme/certificate', certificate),
        ...grants,
        gateway([tls({ name: 'certificate', namespace: 'acme' })]),
      );
      await listenersAre({ name: 'tls', conditions });
    });
  });

  describe('GatewayWithAttachedRoutes', () => {
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'stunner' } };
    const allowedRoutes = { kinds: [UDP_ROUTE], namespaces: { from: 'Selector', selector } };
    const good = ['Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs'];
    const backend = [{ name: 'sfu', port: 8080 }];

    test.each([1, 2])(
      'GIVEN %i routes, and one of a namespace that is not selected THEN they are counted',
      async count => {
        const routes = Array.from({ length: count }, (_, i) => route(`stunner/route-${i}`, backend));
        await given(
          service('stunner/sfu'),
          gateway([{ ...udp, allowedRoutes }]),
          ...routes,
          route('acme/other', backend),
        );
        await listenersAre({ name: 'udp', routes: count, conditions: good });
        await routeHas('stunner/route-0', 'Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs');
        await routeHas('acme/other', 'Accepted=False/NotAllowedByListeners');
      },
    );

    test('GIVEN a listener with unresolved references THEN an unresolved route is attached all the same', async () => {
      const unresolved = { ...tls({ name: 'does-not-exist' }), allowedRoutes };
      await given(
        gateway([unresolved]),
        route('stunner/lost', [{ name: 'does-not-exist', port: 8080 }], { sectionName: 'tls' }),
      );
      const conditions = ['Programmed=False/Invalid', 'ResolvedRefs=False/InvalidCertificateRef'];
      await listenersAre({ name: 'tls', routes: 1, conditions });
      await routeHas('stunner/lost', 'Accepted=True/Accepted', 'ResolvedRefs=False/BackendNotFound');
    });

    test('GIVEN a listener in conflict THEN its routes are counted, whatever its own status', async () => {
      await given(
        gateway([
          udp,
          { ...udp, name: 'late', protocol: 'TURN-DTLS', tls: { mode: 'Terminate', certificateRefs: [{ name: 'x' }] } },
        ]),
      );
      await given(service('stunner/sfu'), route('stunner/late', backend, { sectionName: 'late' }));
      await listenersAre(
        { name: 'udp', conditions: ['Accepted=True/Accepted', 'Conflicted=False/NoConflicts'] },
        { name: 'late', routes: 1, conditions: ['Accepted=False/PortUnavailable', 'Conflicted=True/ProtocolConflict'] },
      );
    });

    test('GatewayWithAttachedRoutesWithPort8080: a section name attaches to that listener only', async () => {
      await given(
        service('stunner/sfu'),
        gateway([
          { ...udp, name: 'unattached', allowedRoutes },
          { ...tcp, port: 8080, allowedRoutes },
        ]),
        route('stunner/section', backend, { sectionName: 'tcp' }),
      );
      await listenersAre({ name: 'unattached', conditions: good }, { name: 'tcp', routes: 1, conditions: good });
    });
  });

  test('GatewayNameMaximumLength', async () => {
    const name = `gateway-name-maximum-length-${'a'.repeat(253 - 28)}`;
    await site.replica('long', { gateway: `stunner/${name}`, api: site.adminApi });
    await given(gateway([udp], {}, name));
    await eventually(async () => {
      const object = await site.read(`/apis/${GATEWAY_GROUP}/v1/namespaces/stunner/gateways/${name}`);
      expectLatest(object);
    });
  });

  describe('UDPRoute', () => {
    const cross = [{ name: 'sfu', namespace: 'acme', port: 8080 }];
    const from = { group: STUNNER, kind: 'UDPRoute', namespace: 'stunner' };
    const to = { group: '', kind: 'Service', name: 'sfu' };

    test('UDPRouteInvalidBackendRefNonexistent', async () => {
      await given(
        gateway([udp]),
        route('stunner/lost', [{ name: 'nonexistent-service', port: 8080 }], { sectionName: 'udp' }),
      );
      await routeHas('stunner/lost', 'Accepted=True/Accepted', 'ResolvedRefs=False/BackendNotFound');
    });

    test('UDPRouteInvalidCrossNamespaceBackendRef', async () => {
      await given(gateway([udp]), service('acme/sfu'), route('stunner/cross', cross, { sectionName: 'udp' }));
      await routeHas('stunner/cross', 'Accepted=True/Accepted', 'ResolvedRefs=False/RefNotPermitted');
    });

    test('UDPRouteReferenceGrant: a grant permits the reference, its removal revokes it', async () => {
      const permit = grant('acme/permit', from, to);
      await given(gateway([udp]), service('acme/sfu'), permit, route('stunner/cross', cross));
      await routeHas('stunner/cross', 'ResolvedRefs=True/ResolvedRefs');
      await site.remove(permit);
      await routeHas('stunner/cross', 'ResolvedRefs=False/RefNotPermitted');
    });

    test('UDPRouteNotAllowedByListeners: a listener that serves no such route', async () => {
      const web = { name: 'web', port: 443, protocol: 'HTTPS', allowedRoutes: { namespaces: { from: 'Same' } } };
      await given(
        gateway([web, udp]),
        service('stunner/sfu'),
        route('stunner/web', [{ name: 'sfu' }], { sectionName: 'web' }),
      );
      await routeHas('stunner/web', 'Accepted=False/NotAllowedByListeners');
      await listenersAre(
        { name: 'web', kinds: [], conditions: ['Accepted=False/UnsupportedProtocol'] },
        { name: 'udp', conditions: ['Accepted=True/Accepted'] },
      );
    });

    test('UDPRouteParentRefAttachAllListeners, UDPRouteParentRefPortAndSectionName', async () => {
      await given(
        gateway([udp, { ...udp, name: 'other', port: 3479 }]),
        service('stunner/sfu'),
        route('stunner/all', [{ name: 'sfu' }]),
        route('stunner/section', [{ name: 'sfu' }], { sectionName: 'udp' }),
        route('stunner/nowhere', [{ name: 'sfu' }], { sectionName: 'none' }),
      );
      const conditions = ['Accepted=True/Accepted'];
      await listenersAre({ name: 'udp', routes: 2, conditions }, { name: 'other', routes: 1, conditions });
      await routeHas('stunner/nowhere', 'Accepted=False/NoMatchingParent');
    });
  });
});
