import {
  base,
  gateway,
  grant,
  manifest,
  resolved,
  secret,
  selfSigned,
  service,
  staticRef,
  staticService,
  texts,
  udp,
  udpRoute,
  gatewayConfig,
  type Manifest,
} from './fixtures';

const net = staticService('acme/net', ['10.0.0.1']);
const gold = manifest('v1', 'Namespace', 'acme', {}, { labels: { tier: 'gold' } });

function attached(allowedRoutes: unknown, route: Manifest, ...more: Manifest[]): boolean {
  const listener = { ...udp, allowedRoutes };
  const { config, status } = resolved([...base, gateway('turn/edge', [listener]), route, net, ...more]);
  const routes = config!.listeners[0]!.routes;
  // Status and enforcement are one thing seen twice.
  expect(status.gateway?.listeners[0]?.attachedRoutes).toBe(routes.length);
  return routes.length === 1;
}

describe('allowedRoutes.namespaces', () => {
  const route = udpRoute('acme/sfu', [staticRef]);
  const selector = (value: unknown): unknown => ({ namespaces: { from: 'Selector', selector: value } });
  const expression = (key: string, operator: string, values?: unknown): unknown =>
    selector({ matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] });

  test.each<[string, unknown, boolean]>([
    ['absent: Same', null, false],
    ['Same', { namespaces: { from: 'Same' } }, false],
    ['All', { namespaces: { from: 'All' } }, true],
    ['unknown', { namespaces: { from: 'Everyone' } }, false],
    ['of the wrong type', 5, false],
    ['a list', [], false],
    ['from of the wrong type', { namespaces: { from: true } }, false],
    ['matchLabels that match', selector({ matchLabels: { tier: 'gold' } }), true],
    ['matchLabels that do not', selector({ matchLabels: { tier: 'iron' } }), false],
    [
      'matchLabels and matchExpressions are both needed',
      selector({ matchLabels: { tier: 'gold' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] }),
      false,
    ],
    ['matchLabels of the wrong type', selector({ matchLabels: ['tier'] }), false],
    ['matchLabels with a number', selector({ matchLabels: { tier: 1 } }), false],
    ['empty selector: every namespace', selector({}), true],
    ['no selector: none', { namespaces: { from: 'Selector' } }, false],
    ['In', expression('tier', 'In', ['gold', 'iron']), true],
    ['In without it', expression('tier', 'In', ['iron']), false],
    ['In without values', expression('tier', 'In'), false],
    ['NotIn', expression('tier', 'NotIn', ['iron']), true],
    ['NotIn with it', expression('tier', 'NotIn', ['gold']), false],
    ['NotIn of an absent label', expression('zone', 'NotIn', ['a']), true],
    ['NotIn without values', expression('tier', 'NotIn', []), false],
    ['Exists', expression('tier', 'Exists'), true],
    ['Exists of an absent label', expression('zone', 'Exists'), false],
    ['DoesNotExist', expression('zone', 'DoesNotExist'), true],
    ['DoesNotExist of a label', expression('tier', 'DoesNotExist'), false],
    ['unknown operator', expression('tier', 'Gt', ['1']), false],
    ['the implied name label', selector({ matchLabels: { 'kubernetes.io/metadata.name': 'acme' } }), true],
  ])('%s', (_, allowed, expected) => {
    expect(attached(allowed, route, gold)).toBe(expected);
  });

  test('Same admits routes of the Gateway namespace', () => {
    expect(attached(null, udpRoute('turn/sfu', [staticRef]))).toBe(true);
  });

  test('the name label holds without a Namespace object, and cannot be forged by one', () => {
    const allowed = selector({ matchLabels: { 'kubernetes.io/metadata.name': 'acme' } });
    expect(attached(allowed, route)).toBe(true);
    const forged = manifest('v1', 'Namespace', 'evil', {}, { labels: { 'kubernetes.io/metadata.name': 'acme' } });
    expect(attached(allowed, udpRoute('evil/sfu', [staticRef]), forged)).toBe(false);
  });

  test.each([[{ tier: ['gold'] }], [['tier']], ['tier']])(
    'labels %j, not readable, are not taken for absent ones',
    labels => {
      const odd = manifest('v1', 'Namespace', 'acme', {}, { labels });
      expect(attached(expression('tier', 'NotIn', ['gold']), route, odd)).toBe(false);
    },
  );
});

describe('parentRefs', () => {
  test.each<[string, Manifest, boolean]>([
    ['the Gateway', {}, true],
    ['its listener', { sectionName: 'udp' }, true],
    ['another listener', { sectionName: 'tcp' }, false],
    ['its port', { port: 3478 }, true],
    ['another port', { port: 3479 }, false],
    ['another Gateway', { name: 'core' }, false],
    ['another namespace', { namespace: 'acme' }, false],
    ['another kind', { kind: 'Service', group: '' }, false],
    ['a section name of the wrong type', { sectionName: 1 }, false],
  ])('%s: attached %s', (_, ref, expected) => {
    expect(attached({ namespaces: { from: 'All' } }, udpRoute('acme/sfu', [staticRef], ref))).toBe(expected);
  });

  test.each<[string, Manifest, unknown, string]>([
    ['a listener that is not there', { sectionName: 'tcp' }, { namespaces: { from: 'All' } }, 'NoMatchingParent'],
    ['a namespace not admitted', {}, null, 'NotAllowedByListeners'],
  ])('%s is told in status and warnings', (_, ref, allowedRoutes, reason) => {
    const { warnings, status } = resolved([
      ...base,
      gateway('turn/edge', [{ ...udp, allowedRoutes }]),
      udpRoute('acme/sfu', [staticRef], ref),
      net,
    ]);
    expect(status.routes[0]?.parents[0]).toMatchObject({
      controllerName: 'cdk8s-stunner.dev/relay',
      conditions: [
        { type: 'Accepted', status: 'False', reason },
        { type: 'ResolvedRefs', status: 'True' },
      ],
    });
    expect(texts(warnings)).toEqual([expect.stringContaining('UDPRoute acme/sfu: spec.parentRefs[0]')]);
  });
});

describe('ReferenceGrant', () => {
  const from = { group: 'stunner.l7mp.io', kind: 'UDPRoute', namespace: 'acme' };
  const to = { group: '', kind: 'Service', name: 'sfu' };
  const route = udpRoute('acme/sfu', [{ name: 'sfu', namespace: 'media' }]);
  const target = service('media/sfu', { clusterIP: '10.0.0.9' });
  const peers = (...grants: Manifest[]): number =>
    resolved([...base, gateway('turn/edge', [udp]), route, target, ...grants]).config!.clusters[0]!.peers.length;

  test.each<[string, Manifest[], number]>([
    ['none', [], 0],
    ['one by name', [grant('media/g', from, to)], 1],
    ['one for every name, v1beta1', [grant('media/g', from, { group: '', kind: 'Service' }, 'v1beta1')], 1],
    ['another name', [grant('media/g', from, { ...to, name: 'other' })], 0],
    ['another kind', [grant('media/g', from, { group: 'stunner.l7mp.io', kind: 'StaticService' })], 0],
    ['another source namespace', [grant('media/g', { ...from, namespace: 'evil' }, to)], 0],
    ['another source kind', [grant('media/g', { ...from, kind: 'TCPRoute' }, to)], 0],
    ['in another namespace', [grant('acme/g', from, to)], 0],
    ['a name of the wrong type', [grant('media/g', from, { ...to, name: 5 })], 0],
    ['no source group', [grant('media/g', { kind: 'UDPRoute', namespace: 'acme' }, to)], 0],
  ])('to a backend of another namespace: %s', (_, grants, expected) => {
    expect(peers(...grants)).toBe(expected);
  });

  test('a refused backend is RefNotPermitted', () => {
    const { status } = resolved([...base, gateway('turn/edge', [udp]), route, target]);
    expect(status.routes[0]?.parents[0]?.conditions[1]).toMatchObject({ status: 'False', reason: 'RefNotPermitted' });
  });

  test('authRef to another namespace needs one from GatewayConfig', () => {
    const objects = [
      base[0]!,
      gatewayConfig('turn/config', {
        authRef: { name: 'auth', namespace: 'vault' },
        userName: 'inline',
        password: 'inline',
      }),
      secret('vault/auth', { username: 'u', password: 'p' }),
      gateway('turn/edge', [udp]),
    ];
    expect(resolved(objects).config).toBeUndefined();
    const allowed = grant(
      'vault/g',
      { group: 'stunner.l7mp.io', kind: 'GatewayConfig', namespace: 'turn' },
      { group: '', kind: 'Secret' },
    );
    expect(resolved([...objects, allowed]).config?.credentials).toMatchObject([{ username: 'u' }]);
  });

  test('certificateRefs to another namespace need one from Gateway', () => {
    const { cert, key } = selfSigned();
    const objects = [
      ...base,
      secret('vault/tls', { 'tls.crt': cert, 'tls.key': key }),
      gateway('turn/edge', [
        {
          name: 'tls',
          port: 5349,
          protocol: 'TURN-TLS',
          tls: { certificateRefs: [{ name: 'tls', namespace: 'vault' }] },
        },
      ]),
    ];
    const refused = resolved(objects);
    expect(refused.config?.listeners[0]?.certificate).toBeUndefined();
    expect(refused.status.gateway?.listeners[0]?.conditions[2]).toMatchObject({ reason: 'RefNotPermitted' });
    const allowed = grant(
      'vault/g',
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'turn' },
      { group: '', kind: 'Secret' },
    );
    expect(resolved([...objects, allowed]).config?.listeners[0]?.certificate).toEqual({ cert, key });
  });
});
