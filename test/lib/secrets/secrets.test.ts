import { Duration } from 'cdk8s';
import {
  CertificateIssuer,
  ExternalCredential,
  ExternalCredentialOptions,
  IssuedCertificate,
  IssuedCertificateOptions,
  MediaBackend,
  MediaRoute,
  PortRange,
  SealedCredential,
  SecretStore,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { CrdOracle } from '../../oracle/crd-oracle';
import { complaints, gatewayIn, manifest, manifests, plainChart } from '../support';

const oracle = CrdOracle.load();
const store = SecretStore.namespaced('vault');
const SEALED = 'A'.repeat(400);

describe('an external credential', () => {
  const options: Required<ExternalCredentialOptions> = {
    store,
    remoteKey: 'turn/eu',
    property: 'current',
    usernameProperty: 'user',
    previousProperty: 'previous',
    refreshInterval: Duration.minutes(5),
  };
  const rendered = (auth: TurnAuth) => {
    const chart = plainChart();
    gatewayIn(chart, { auth });
    return manifest(chart, 'ExternalSecret');
  };
  const remote = (secretKey: string, property: string) => ({ secretKey, remoteRef: { key: 'turn/eu', property } });

  test('is rendered beside the Gateway, with every option', () => {
    const object = rendered(TurnAuth.ephemeral(ExternalCredential.of('auth', options)));
    expect(object).toMatchObject({
      metadata: { name: 'auth', namespace: 'stunner', annotations: { 'argocd.argoproj.io/sync-wave': '-3' } },
      spec: {
        refreshInterval: '300s',
        secretStoreRef: { kind: 'SecretStore', name: 'vault' },
        target: { name: 'auth', template: { mergePolicy: 'Merge', data: { type: 'ephemeral' } } },
        data: [remote('secret', 'current'), remote('previousSecret', 'previous')],
      },
    });
    expect(oracle.check(object)).toEqual([]);
  });

  test('of the static kind has a username and a password', () => {
    const { spec } = rendered(TurnAuth.static(ExternalCredential.of('auth', options)));
    expect(spec.data).toMatchObject([
      remote('username', 'user'),
      remote('password', 'current'),
      remote('previousSecret', 'previous'),
    ]);
  });

  test('survives the ExternalSecret, for without it the Gateway loses its address', () => {
    const { spec } = rendered(TurnAuth.ephemeral(ExternalCredential.of('auth', { store, remoteKey: 'turn' })));
    expect(spec.target).toMatchObject({ creationPolicy: 'Owner', deletionPolicy: 'Retain' });
    expect(spec.data).toHaveLength(1);
  });

  test('of a tenant is rendered once in its namespace, whatever the number of routes', () => {
    const chart = plainChart();
    const gateway = gatewayIn(chart, { routeNamespaces: ['acme'] });
    const auth = TurnAuth.ephemeral(ExternalCredential.of('acme-turn', { store, remoteKey: 'turn/acme' }));
    for (const name of ['a', 'b']) {
      const backends = [MediaBackend.service(name, { ports: PortRange.single(5000) })];
      new MediaRoute(chart, name, { gateway, namespace: 'acme', auth, backends });
    }
    expect(manifest(chart, 'ExternalSecret').metadata).toMatchObject({ name: 'acme-turn', namespace: 'acme' });
    const routes = manifests(chart).filter(({ kind }) => kind === 'UDPRoute');
    expect(routes.map(({ metadata }) => metadata.annotations?.['cdk8s-stunner.dev/auth-ref'])).toEqual([
      'acme-turn',
      'acme-turn',
    ]);
  });
});

describe('a sealed credential', () => {
  const gateway = (auth: TurnAuth) => {
    const chart = plainChart();
    return { chart, gateway: gatewayIn(chart, { auth }) };
  };

  test('is rendered beside the Gateway', () => {
    const { chart } = gateway(TurnAuth.ephemeral(SealedCredential.of('auth', { secret: SEALED })));
    expect(manifest(chart, 'SealedSecret')).toMatchObject({
      apiVersion: 'bitnami.com/v1alpha1',
      metadata: { name: 'auth', namespace: 'stunner' },
      spec: {
        encryptedData: { secret: SEALED },
        template: { metadata: { name: 'auth', namespace: 'stunner' }, type: 'Opaque', data: { type: 'ephemeral' } },
      },
    });
  });

  test('that is not sealed is refused, and not repeated', () => {
    const build = () => SealedCredential.of('auth', { secret: 'hunter2' });
    expect(build).toThrow(
      new Error('entry is not sealed (got "secret"): base64 of an encrypted value; run kubeseal --raw on it'),
    );
  });

  test('that lacks an entry is refused', () => {
    const auth = TurnAuth.static(SealedCredential.of('auth', { password: SEALED }));
    expect(complaints(gateway(auth).gateway)).toEqual([
      'sealed entry is missing (got "username"): username and password; seal it and add it',
    ]);
  });
});

describe('an issued certificate', () => {
  const options: Required<IssuedCertificateOptions> = {
    issuer: CertificateIssuer.cluster('letsencrypt'),
    dnsNames: ['*.turn.example.com'],
    duration: Duration.days(30),
    renewBefore: Duration.days(10),
  };
  const tls = (port: number, name: string) =>
    TurnListener.tls(port, { name, certificate: IssuedCertificate.of('tls', options) });

  test('holds the name that clients use, is rendered once, and the listeners refer to it', () => {
    const chart = plainChart();
    gatewayIn(chart, { listeners: [tls(443, 'a'), tls(5349, 'b')], hostname: 'turn.example.com' });
    const object = manifest(chart, 'Certificate');
    expect(object).toMatchObject({
      metadata: { name: 'tls', namespace: 'stunner' },
      spec: {
        secretName: 'tls',
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'letsencrypt' },
        dnsNames: ['turn.example.com', '*.turn.example.com'],
        duration: '720h0m0s',
        renewBefore: '240h0m0s',
        privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Always' },
      },
    });
    expect(oracle.check(object)).toEqual([]);
    expect(manifest(chart, 'Gateway').spec.listeners).toMatchObject([
      { tls: { certificateRefs: [{ name: 'tls' }] } },
      { tls: { certificateRefs: [{ name: 'tls' }] } },
    ]);
  });

  test('without a name is refused', () => {
    const certificate = IssuedCertificate.of('tls', { issuer: CertificateIssuer.namespaced('ca') });
    const gateway = gatewayIn(plainChart(), { listeners: [TurnListener.tls(5349, { certificate })] });
    expect(complaints(gateway)).toEqual([
      'certificate has no name (got nothing): a DNS name; set the hostname of the Gateway',
    ]);
  });
});

test('derived credentials are those of the Gateway: the operator sees an ephemeral one', () => {
  const chart = plainChart();
  gatewayIn(chart, { auth: TurnAuth.derived({ name: 'master' }) });
  expect(manifest(chart, 'GatewayConfig').spec).toMatchObject({ authType: 'ephemeral', authRef: { name: 'master' } });
});

test('a route with a derived credential is refused', () => {
  const chart = plainChart();
  const gateway = gatewayIn(chart);
  const auth = TurnAuth.derived({ name: 'master' });
  expect(() => new MediaRoute(chart, 'r', { gateway, namespace: 'stunner', auth })).toThrow(
    '[chart/r] route cannot have a derived credential (got "master"): a static or ephemeral credential: derived ones come from the Gateway and need no Secret here; leave "auth" out',
  );
});

test('a tenant may have a credential for all of its routes', () => {
  const auth = TurnAuth.ephemeral({ name: 'acme-turn' });
  expect(Tenant.of('acme', { auth }).auth).toBe(auth);
});
