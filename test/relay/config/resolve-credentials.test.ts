import {
  base,
  configOf,
  gateway,
  gatewayConfig,
  manifest,
  resolved,
  secret,
  staticRef,
  staticService,
  texts,
  udp,
  udpRoute,
  type Manifest,
} from './fixtures';

const edge = gateway('turn/edge', [udp]);
const gatewayScope = { kind: 'gateway' };

describe("the gateway's credential", () => {
  const of = (stringData: Manifest) => resolved([...base.slice(0, 2), edge, secret('turn/auth', stringData)]);
  const isStatic = { type: 'static', scope: gatewayScope, username: 'u', password: 'p' };
  const ephemeral = (...secrets: string[]) => [
    { type: 'ephemeral', scope: gatewayScope, secrets },
    { type: 'derived', masters: secrets },
  ];

  test.each<[string, Manifest, object[]]>([
    ['type absent: static', { username: 'u', password: 'p' }, [isStatic]],
    ['plaintext', { type: 'plaintext', username: 'u', password: 'p' }, [isStatic]],
    [
      'static with previousSecret: both passwords',
      { username: 'u', password: 'p', previousSecret: 'q' },
      [isStatic, { ...isStatic, password: 'q' }],
    ],
    ['ephemeral, which is a master too', { type: 'ephemeral', secret: 's' }, ephemeral('s')],
    ['longterm', { type: 'longterm', secret: 's' }, ephemeral('s')],
    ['timewindowed with sharedSecret', { type: 'timewindowed', sharedSecret: 's' }, ephemeral('s')],
    ['ephemeral with previousSecret', { type: 'ephemeral', secret: 's', previousSecret: 'r' }, ephemeral('s', 'r')],
    ['none lets nobody in', { type: 'none' }, []],
  ])('%s', (_, data, expected) => {
    expect(of(data).config?.credentials).toEqual(expected);
  });

  test.each<[string, Manifest]>([
    ['no password', { username: 'u' }],
    ['an empty password', { username: 'u', password: '' }],
    ['a user name of 509 bytes (RFC 8489 14.3)', { username: 'u'.repeat(509), password: 'p' }],
    ['no secret', { type: 'ephemeral' }],
    ['an unknown type', { type: 'oauth', username: 'u', password: 'p' }],
    ['a type that is no text', { type: 5, username: 'u', password: 'p' }],
  ])('%s: no configuration, and the Secret is named', (_, data) => {
    const { config, warnings } = of(data);
    expect(config).toBeUndefined();
    expect(texts(warnings).join()).toContain('Secret turn/auth: ');
  });

  test('data is base64, and stringData wins over it', () => {
    const data = { username: btoa('u'), password: btoa('old') };
    const auth = manifest('v1', 'Secret', 'turn/auth', { data, stringData: { password: 'p' } });
    expect(configOf([...base.slice(0, 2), edge, auth]).credentials).toEqual([isStatic]);
  });

  test('inline fields serve where there is no authRef', () => {
    const inline = (spec: Manifest) =>
      resolved([base[0], edge, gatewayConfig('turn/config', spec)]).config?.credentials;
    expect(inline({ userName: 'u', password: 'p' })).toEqual([isStatic]);
    expect(inline({ authType: 'ephemeral', sharedSecret: 's' })).toEqual(ephemeral('s'));
    expect(inline({ authType: 'none' })).toBeUndefined();
  });

  test('a broken authRef does not fall back to inline fields', () => {
    const spec = { authRef: { name: 'gone' }, userName: 'u', password: 'p' };
    expect(resolved([base[0], edge, gatewayConfig('turn/config', spec)]).config).toBeUndefined();
  });
});

describe("a route's credential (cdk8s-stunner.dev/auth-ref)", () => {
  const annotated = (value: string | number): Manifest =>
    udpRoute('acme/sfu', [staticRef], {}, { annotations: { 'cdk8s-stunner.dev/auth-ref': value } });
  const of = (route: Manifest, ...more: Manifest[]) =>
    resolved([...base, edge, route, staticService('acme/net', ['10.0.0.1']), ...more]);

  test('binds the route to a Secret of its own namespace', () => {
    const { config, warnings } = of(
      annotated('turn'),
      secret('acme/turn', { type: 'ephemeral', secret: 's', previousSecret: 'r' }),
    );
    expect(texts(warnings)).toEqual([]);
    expect(config?.clusters[0]?.credential).toBe('acme/turn');
    expect(config?.credentials.slice(1)).toEqual([
      { type: 'ephemeral', scope: { kind: 'route', credential: 'acme/turn' }, secrets: ['s', 'r'] },
    ]);
  });

  test('routes that name one Secret share its credential', () => {
    const second = udpRoute('acme/second', [staticRef], {}, { annotations: { 'cdk8s-stunner.dev/auth-ref': 'turn' } });
    const { config } = of(annotated('turn'), second, secret('acme/turn', { username: 'u', password: 'p' }));
    expect(config?.credentials).toHaveLength(2);
  });

  test.each<[string, Manifest[]]>([
    ['missing', []],
    ['of another namespace', [secret('turn/turn', { username: 'u', password: 'p' })]],
    ['without password', [secret('acme/turn', { username: 'u' })]],
    ['of type none', [secret('acme/turn', { type: 'none' })]],
  ])("a Secret that is %s never leaves the route to the gateway's credential", (_, secrets) => {
    const { config, warnings } = of(annotated('turn'), ...secrets);
    expect(config?.clusters.map(({ credential }) => credential)).toEqual(['acme/turn']);
    expect(config?.credentials).toHaveLength(1);
    expect(texts(warnings).join()).toContain('UDPRoute acme/sfu: metadata.annotations["cdk8s-stunner.dev/auth-ref"]');
  });

  test.each(['', 'turn/auth', '../x', 7])('a reference %j that names no Secret leaves the route out', value => {
    const { config, warnings } = of(annotated(value));
    expect(config?.clusters).toEqual([]);
    expect(config?.listeners[0]?.routes).toEqual([]);
    expect(warnings).not.toEqual([]);
  });
});
