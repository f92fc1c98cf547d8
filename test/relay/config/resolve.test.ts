import {
  base,
  configOf,
  endpointSlice,
  gateway,
  gatewayClass,
  gatewayConfig,
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
  type Manifest,
} from './fixtures';

const everyPort = { minPort: 1, maxPort: 65535 };
const edge = gateway('turn/edge', [udp]);

describe('resolve: the Gateway', () => {
  test.each([
    [5, 5],
    [0, undefined],
    [undefined, undefined],
  ])('userQuota %s of the GatewayConfig becomes %s', (userQuota, expected) => {
    const spec = { realm: 'turn.example.org', authRef: { name: 'auth' }, userQuota };
    const objects = [base[0]!, gatewayConfig('turn/config', spec), base[2]!, edge];
    expect(resolved(objects).config?.userQuota).toBe(expected);
  });

  test('a userQuota that is none is told, and the relay runs without', () => {
    const spec = { realm: 'turn.example.org', authRef: { name: 'auth' }, userQuota: -1 };
    const { config, warnings } = resolved([base[0]!, gatewayConfig('turn/config', spec), base[2]!, edge]);
    expect(config?.userQuota).toBeUndefined();
    expect(config).toBeDefined();
    expect(texts(warnings).join()).toContain('userQuota');
  });

  test('renders one Gateway with one route whole', () => {
    const objects = [...base, edge, udpRoute('acme/sfu', [staticRef]), staticService('acme/net', ['10.50.0.0/16'])];
    const { config, warnings, status } = resolved(objects, {
      relayAddress: '192.0.2.7',
      metricsEndpoint: 'http://:8080',
    });
    expect(texts(warnings)).toEqual([]);
    expect(config).toEqual({
      name: 'turn/edge',
      realm: 'turn.example.org',
      logLevel: 'all:INFO',
      healthEndpoint: 'http://:8086',
      metricsEndpoint: 'http://:8080',
      credentials: [{ type: 'static', scope: { kind: 'gateway' }, username: 'alice', password: 'PASSWORD-GW' }],
      listeners: [{ name: 'turn/edge/udp', transport: 'udp', port: 3478, address: '192.0.2.7', routes: ['acme/sfu'] }],
      clusters: [
        { name: 'acme/sfu', namespace: 'acme', protocol: 'udp', peers: [{ prefix: '10.50.0.0/16', ...everyPort }] },
      ],
    });
    expect(status.gateway?.listeners).toEqual([
      {
        name: 'udp',
        supportedKinds: [{ group: 'stunner.l7mp.io', kind: 'UDPRoute' }],
        attachedRoutes: 1,
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' },
          { type: 'Conflicted', status: 'False', reason: 'NoConflicts', message: '' },
          { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
          { type: 'Programmed', status: 'True', reason: 'Programmed', message: '' },
        ],
      },
    ]);
  });

  test.each(['stunner.l7mp.io/gateway-operator', 'cdk8s-stunner.dev/relay'])(
    'serves a class of controller %s',
    controller => {
      expect(configOf([gatewayClass('turn', controller, 'turn/config'), ...base.slice(1), edge]).name).toBe(
        'turn/edge',
      );
    },
  );

  test("leaves another controller's Gateway alone", () => {
    const { config, warnings } = resolved([
      gatewayClass('turn', 'example.org/other', 'turn/config'),
      ...base.slice(1),
      edge,
    ]);
    expect(config).toBeUndefined();
    expect(texts(warnings)).toEqual([expect.stringContaining('(got none)')]);
  });

  test('does not choose among several Gateways, but lists them', () => {
    const objects = [...base, edge, gateway('turn/core', [udp])];
    expect(resolved(objects).config).toBeUndefined();
    expect(texts(resolved(objects).warnings)).toEqual([expect.stringContaining('(got turn/core, turn/edge)')]);
    expect(configOf(objects, { gateway: 'turn/core' }).name).toBe('turn/core');
    expect(resolved(objects, { gateway: 'turn/none' }).config).toBeUndefined();
  });

  test('takes the public address from spec.addresses, else from the load balancer of its Service', () => {
    const balancer = manifest('v1', 'Service', 'turn/edge', {
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example.org' }] } },
    });
    const own = gateway('turn/edge', [udp], { addresses: [{ type: 'IPAddress', value: '203.0.113.10' }] });
    expect(configOf([...base, own, balancer]).listeners[0]).toMatchObject({
      publicAddress: '203.0.113.10',
      publicPort: 3478,
    });
    expect(configOf([...base, edge, balancer]).listeners[0]?.publicAddress).toBe('lb.example.org');
    expect(resolved([...base, edge]).status.gateway?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Programmed', status: 'False', reason: 'AddressNotAssigned' }),
    );
    expect(resolved([...base, own]).status.gateway?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Programmed', status: 'True' }),
    );
  });

  test.each([
    [
      'class without parameters',
      [
        manifest('gateway.networking.k8s.io/v1', 'GatewayClass', 'turn', {
          spec: { controllerName: 'cdk8s-stunner.dev/relay' },
        }),
      ],
    ],
    ['GatewayConfig that is missing', [gatewayClass('turn', 'cdk8s-stunner.dev/relay', 'turn/config')]],
    [
      'realm that is no text',
      [base[0]!, gatewayConfig('turn/config', { realm: 5, authRef: { name: 'auth' } }), base[2]!],
    ],
    [
      'realm that is none (RFC 8489 14.9)',
      [base[0]!, gatewayConfig('turn/config', { realm: 'a"b', authRef: { name: 'auth' } }), base[2]!],
    ],
    ['Secret that is missing', base.slice(0, 2)],
  ])('gives no configuration for a %s', (_, objects) => {
    const { config, warnings } = resolved([...objects, edge]);
    expect(config).toBeUndefined();
    expect(warnings).not.toEqual([]);
    expect(warnings.every(warning => warning.object !== undefined && warning.field !== undefined)).toBe(true);
  });
});

describe('resolve: listeners', () => {
  const listener = (name: string, port: number, protocol: string, more: Manifest = {}): Manifest => ({
    name,
    port,
    protocol,
    ...more,
  });

  test.each([
    ['TURN-UDP', 'udp'],
    ['UDP', 'udp'],
    ['TURN-TCP', 'tcp'],
    ['tcp', 'tcp'],
  ])('protocol %s is transport %s', (protocol, transport) => {
    expect(configOf([...base, gateway('turn/edge', [listener('l', 1, protocol)])]).listeners[0]?.transport).toBe(
      transport,
    );
  });

  test('leaves out a listener of another protocol, and runs the rest', () => {
    const { config, status } = resolved([...base, gateway('turn/edge', [listener('web', 80, 'HTTP'), udp])]);
    expect(config?.listeners.map(({ name }) => name)).toEqual(['turn/edge/udp']);
    expect(status.gateway?.listeners[0]?.conditions[0]).toMatchObject({
      status: 'False',
      reason: 'UnsupportedProtocol',
    });
  });

  test('UDP and TCP share a port number; two of one layer-4 protocol do not, and the later is left out', () => {
    const listeners = [
      udp,
      listener('tcp', 3478, 'TURN-TCP'),
      listener('dtls', 3478, 'TURN-DTLS'),
      listener('tls', 3478, 'TLS'),
    ];
    const { config, status } = resolved([...base, gateway('turn/edge', listeners)]);
    expect(config?.listeners.map(({ name }) => name)).toEqual(['turn/edge/udp', 'turn/edge/tcp']);
    for (const { conditions } of status.gateway!.listeners.slice(2)) {
      expect(conditions).toContainEqual(
        expect.objectContaining({ type: 'Accepted', status: 'False', reason: 'PortUnavailable' }),
      );
      expect(conditions).toContainEqual(expect.objectContaining({ type: 'Conflicted', status: 'True' }));
    }
  });

  test.each(['{"udp": 13478}', '"udp": 13478'])('annotation targetport %s sets the port to bind', text => {
    const annotations = { 'stunner.l7mp.io/targetport': text };
    const { config, warnings } = resolved([...base, gateway('turn/edge', [udp], {}, { annotations })]);
    expect(texts(warnings)).toEqual([]);
    expect(config?.listeners[0]?.port).toBe(13478);
  });

  test('target ports that meet conflict too', () => {
    const annotations = { 'stunner.l7mp.io/targetport': '{"udp":5000,"more":5000}' };
    const { config } = resolved([
      ...base,
      gateway('turn/edge', [udp, listener('more', 3479, 'UDP')], {}, { annotations }),
    ]);
    expect(config?.listeners).toHaveLength(1);
  });

  test.each(['{', '[1]', '{"udp":"x"}', '{"other":1}'])('annotation targetport %s is told and has no effect', text => {
    const annotations = { 'stunner.l7mp.io/targetport': text };
    const { config, warnings } = resolved([...base, gateway('turn/edge', [udp], {}, { annotations })]);
    expect(config?.listeners[0]?.port).toBe(3478);
    expect(warnings).toHaveLength(1);
  });

  test('no configuration where no listener can run', () => {
    expect(resolved([...base, gateway('turn/edge', [listener('web', 80, 'HTTP')])]).config).toBeUndefined();
  });

  describe('certificates', () => {
    const pair = selfSigned();
    const other = selfSigned();
    const tls = (refs: unknown[], more: Manifest = {}): Manifest => ({
      ...listener('tls', 5349, 'TURN-TLS'),
      tls: { certificateRefs: refs, ...more },
    });
    const good = secret('turn/good', { 'tls.crt': pair.cert, 'tls.key': pair.key });

    test('the first usable reference wins, in base64 data as well', () => {
      const data = {
        'tls.crt': Buffer.from(pair.cert).toString('base64'),
        'tls.key': Buffer.from(pair.key).toString('base64'),
      };
      const objects = [
        ...base,
        gateway('turn/edge', [tls([{ name: 'none' }, { name: 'good' }])]),
        manifest('v1', 'Secret', 'turn/good', { data }),
      ];
      const { config, status } = resolved(objects);
      expect(config?.listeners[0]?.certificate).toEqual(pair);
      expect(status.gateway?.listeners[0]?.conditions[2]).toMatchObject({ type: 'ResolvedRefs', status: 'True' });
    });

    test.each<[string, Manifest, Manifest[]]>([
      ['no reference', listener('tls', 5349, 'TURN-TLS'), []],
      ['a Secret that is missing', tls([{ name: 'good' }]), []],
      ['another kind', tls([{ name: 'good', kind: 'ConfigMap' }]), [good]],
      ['passthrough', tls([{ name: 'good' }], { mode: 'Passthrough' }), [good]],
      [
        'a key of another certificate',
        tls([{ name: 'good' }]),
        [secret('turn/good', { 'tls.crt': pair.cert, 'tls.key': other.key })],
      ],
      ['no PEM', tls([{ name: 'good' }]), [secret('turn/good', { 'tls.crt': 'x', 'tls.key': 'y' })]],
    ])('%s: the listener has no certificate, says so, and the others run', (_, tlsListener, objects) => {
      const { config, warnings, status } = resolved([...base, gateway('turn/edge', [tlsListener, udp]), ...objects]);
      expect(config?.listeners.map(({ name, certificate }) => [name, certificate])).toEqual([
        ['turn/edge/tls', undefined],
        ['turn/edge/udp', undefined],
      ]);
      expect(texts(warnings).join()).toContain('Gateway turn/edge: spec.listeners[0].tls');
      expect(status.gateway?.listeners[0]?.conditions[2]).toMatchObject({
        status: 'False',
        reason: 'InvalidCertificateRef',
      });
    });
  });
});

describe('resolve: peers', () => {
  const peersOf = (backendRef: Manifest, objects: Manifest[]): string[] => {
    const config = configOf([...base, edge, udpRoute('acme/sfu', [backendRef]), ...objects]);
    return config.clusters[0]!.peers.map(({ prefix, minPort, maxPort }) => `${prefix} ${minPort}-${maxPort}`);
  };
  const pods = [
    service('acme/sfu', { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00::5'] }),
    endpointSlice('acme/sfu-1', 'sfu', [
      { addresses: ['10.1.0.1'], conditions: { ready: true } },
      { addresses: ['10.1.0.2'], conditions: { ready: false, serving: false } },
      { addresses: ['10.1.0.3'], conditions: { terminating: true } },
    ]),
    endpointSlice('acme/sfu-2', 'sfu', [{ addresses: ['fd01::1'] }]),
    endpointSlice('acme/other', 'other', [{ addresses: ['10.9.9.9'] }]),
    endpointSlice('evil/sfu', 'sfu', [{ addresses: ['10.9.9.8'] }]),
  ];

  test('a Service is all its pods, ready or not, and its cluster addresses', () => {
    expect(peersOf({ name: 'sfu', port: 1000, endPort: 2000 }, pods)).toEqual([
      '10.1.0.1 1000-2000',
      '10.1.0.2 1000-2000',
      '10.1.0.3 1000-2000',
      '10.96.0.5 1000-2000',
      'fd00::5 1000-2000',
      'fd01::1 1000-2000',
    ]);
  });

  test.each<[string, Manifest, string[]]>([
    ['no port is every port', {}, ['10.5.0.1 1-65535']],
    ['port alone is that port', { port: 5000 }, ['10.5.0.1 5000-5000']],
    ['port and endPort are a range', { port: 5000, endPort: 5010 }, ['10.5.0.1 5000-5010']],
    ['endPort alone opens nothing', { endPort: 5010 }, []],
    ['a range upside down opens nothing', { port: 5010, endPort: 5000 }, []],
    ['a port that is text opens nothing', { port: '5000' }, []],
  ])('%s', (_, ports, expected) => {
    expect(peersOf({ name: 'sfu', ...ports }, [service('acme/sfu', { clusterIP: '10.5.0.1' })])).toEqual(expected);
  });

  test('a headless Service without pods opens nothing, and is told', () => {
    const { config, warnings } = resolved([
      ...base,
      edge,
      udpRoute('acme/sfu', [{ name: 'sfu' }]),
      service('acme/sfu', { clusterIP: 'None' }),
    ]);
    expect(config?.clusters[0]?.peers).toEqual([]);
    expect(texts(warnings)).toEqual([expect.stringContaining('Service acme/sfu: spec: has no addresses yet')]);
  });

  test('a prefix in place of an address opens nothing', () => {
    expect(peersOf({ name: 'sfu' }, [service('acme/sfu', { clusterIP: '0.0.0.0/0' })])).toEqual([]);
  });

  test('StaticService: prefixes, a suffix of ports, bad ones left out', () => {
    const net = staticService('acme/net', [
      '10.0.0.0/8',
      '10.1.0.0/16:<100-200>',
      '2001:db8::1:<5-6>',
      'nonsense',
      '10.0.0.0/99',
    ]);
    expect(peersOf(staticRef, [net])).toEqual(['10.0.0.0/8 1-65535', '10.1.0.0/16 100-200', '2001:db8::1 5-6']);
  });

  test('StaticService: a prefix with bits behind its length is the block around it, and its author is told', () => {
    const route = udpRoute('acme/r', [staticRef]);
    const { config, warnings } = resolved([...base, edge, route, staticService('acme/net', ['10.0.0.1/8'])]);
    expect(config?.clusters[0]?.peers).toEqual([{ prefix: '10.0.0.0/8', minPort: 1, maxPort: 65535 }]);
    expect(texts(warnings).join()).toMatch(/spec\.prefixes\[0\].*got 10\.0\.0\.1\/8.*10\.0\.0\.0\/8/);
  });

  test('StaticService: ports on both sides open neither', () => {
    expect(peersOf({ ...staticRef, port: 7 }, [staticService('acme/net', ['10.0.0.1:<1-9>', '10.0.0.2'])])).toEqual([
      '10.0.0.2 7-7',
    ]);
  });

  test.each<[string, Manifest, string]>([
    ['a Service that is missing', { name: 'gone' }, 'BackendNotFound'],
    ['a StaticService without its group', { name: 'net', kind: 'StaticService' }, 'InvalidKind'],
    ['another kind', { name: 'net', group: 'apps', kind: 'Deployment' }, 'InvalidKind'],
  ])('%s is told, and the other backends count', (_, ref, reason) => {
    const { config, status } = resolved([
      ...base,
      edge,
      udpRoute('acme/sfu', [ref, staticRef]),
      staticService('acme/net', ['10.0.0.1']),
    ]);
    expect(config?.clusters[0]?.peers).toHaveLength(1);
    expect(status.routes[0]?.parents[0]?.conditions).toEqual([
      expect.objectContaining({ type: 'Accepted', status: 'True' }),
      expect.objectContaining({ type: 'ResolvedRefs', status: 'False', reason }),
    ]);
  });

  test('only the first rule counts, and more are told', () => {
    const route = manifest('stunner.l7mp.io/v1', 'UDPRoute', 'acme/sfu', {
      spec: {
        parentRefs: [{ name: 'edge', namespace: 'turn' }],
        rules: [{ backendRefs: [staticRef] }, { backendRefs: [{ ...staticRef, name: 'more' }] }],
      },
    });
    const { config, warnings } = resolved([
      ...base,
      edge,
      route,
      staticService('acme/net', ['10.0.0.1']),
      staticService('acme/more', ['10.0.0.2']),
    ]);
    expect(config?.clusters[0]?.peers).toEqual([{ prefix: '10.0.0.1', ...everyPort }]);
    expect(texts(warnings)).toEqual([expect.stringContaining('UDPRoute acme/sfu: spec.rules')]);
  });
});
