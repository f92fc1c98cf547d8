import { Chart, Testing } from 'cdk8s';
import {
  CertificateIssuer,
  GeoLocation,
  IssuedCertificate,
  LoadBalancerProfile,
  Region,
  RegionalDns,
  RegionalStunner,
  RegionalStunnerProps,
  TurnListener,
} from 'cdk8s-stunner';
import { CrdOracle } from '../../oracle/crd-oracle';
import { GATEWAY_DEFAULTS, Manifest, manifest, manifests } from '../support';

const GLOBAL = 'turn.example.com';
const eu = Region.of('eu-west-1', {
  hostname: 'eu.turn.example.com',
  locations: [GeoLocation.continent('EU'), GeoLocation.elsewhere()],
});
const us = Region.of('us', {
  hostname: 'us.turn.example.com',
  awsRegion: 'us-east-1',
  locations: [GeoLocation.country('US')],
  healthCheckId: '4711',
});

function stunnerWith(dns: RegionalDns, props: Partial<RegionalStunnerProps> = {}): RegionalStunner {
  const stunner = { ...GATEWAY_DEFAULTS, regions: [eu, us], dns, ...props };
  return new RegionalStunner(Testing.app(), 'stunner', stunner);
}

/** What external-dns reads of an object under one of its prefixes. */
function settings({ metadata }: Manifest, prefix: string): Record<string, string> {
  const entries = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(`${prefix}/`));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length + 1), value]));
}
const services = (chart: Chart) => manifests(chart).filter(({ kind }) => kind === 'Service');
const platforms = (stunner: RegionalStunner) => stunner.regions.map(({ platform }) => platform);

describe.each([
  ['regional', RegionalDns.regional()],
  ['cloudflare', RegionalDns.cloudflare()],
  ['latency', RegionalDns.route53Latency(GLOBAL)],
  ['location', RegionalDns.route53Geolocation(GLOBAL)],
  ['k8gb', RegionalDns.k8gb(GLOBAL)],
])('by %s', (_, dns) => {
  const stunner = stunnerWith(dns);

  test('every region keeps a record of its own, without a policy', () => {
    for (const { platform, region } of stunner.regions) {
      const record = settings(manifest(platform, 'Gateway'), 'external-dns.kubernetes.io');
      expect(record.hostname).toBe(region.hostname);
      expect(Object.keys(record).filter(key => key.startsWith('aws-') || key === 'set-identifier')).toEqual([]);
    }
  });

  test('clients are given the name of their region, never the one for all', () => {
    const urls = stunner.regions.flatMap(({ gateway }) => gateway.iceServers().flatMap(server => server.urls));
    expect(urls).toEqual([
      'turn:eu.turn.example.com:3478?transport=udp',
      'turn:us.turn.example.com:3478?transport=udp',
    ]);
  });
});

test('Route 53 is told the latency of which region, under both prefixes of external-dns', () => {
  const [europe, america] = platforms(stunnerWith(RegionalDns.route53Latency(GLOBAL))).map(services);
  expect(europe).toHaveLength(1);
  expect(europe![0]).toMatchObject({
    metadata: { name: 'stunner-gateway-global', namespace: 'stunner' },
    spec: { type: 'ExternalName', externalName: 'eu.turn.example.com' },
  });
  const expected = { hostname: GLOBAL, 'set-identifier': 'eu-west-1', 'aws-region': 'eu-west-1' };
  for (const prefix of ['external-dns.kubernetes.io', 'external-dns.alpha.kubernetes.io']) {
    expect(settings(europe![0]!, prefix)).toEqual(expected);
    expect(settings(america![0]!, prefix)).toEqual({
      hostname: GLOBAL,
      'set-identifier': 'us',
      'aws-region': 'us-east-1',
      'aws-health-check-id': '4711',
    });
  }
});

test('Route 53 is told one location in each record, and the one for everybody else', () => {
  const records = platforms(stunnerWith(RegionalDns.route53Geolocation(GLOBAL)))
    .flatMap(services)
    .map(service => [service.metadata.name, settings(service, 'external-dns.kubernetes.io')]);
  expect(records).toEqual([
    [
      'stunner-gateway-global-continent-eu',
      { hostname: GLOBAL, 'set-identifier': 'eu-west-1-continent-eu', 'aws-geolocation-continent-code': 'EU' },
    ],
    [
      'stunner-gateway-global-elsewhere',
      { hostname: GLOBAL, 'set-identifier': 'eu-west-1-elsewhere', 'aws-geolocation-country-code': '*' },
    ],
    [
      'stunner-gateway-global-country-us',
      {
        hostname: GLOBAL,
        'set-identifier': 'us-country-us',
        'aws-geolocation-country-code': 'US',
        'aws-health-check-id': '4711',
      },
    ],
  ]);
});

test('records of one name have set-identifiers of their own, or Route 53 keeps one of them', () => {
  for (const dns of [RegionalDns.route53Latency(GLOBAL), RegionalDns.route53Geolocation(GLOBAL)]) {
    const identifiers = platforms(stunnerWith(dns))
      .flatMap(services)
      .map(service => settings(service, 'external-dns.kubernetes.io')['set-identifier']);
    expect(new Set(identifiers).size).toBe(identifiers.length);
  }
});

test('k8gb finds the load balancer by the Service, which has the name of the Gateway', () => {
  const dns = RegionalDns.k8gb(GLOBAL, { strategy: 'failover', primaryGeoTag: 'eu' });
  expect(manifest(platforms(stunnerWith(dns))[0]!, 'Gslb')).toMatchObject({
    apiVersion: 'k8gb.io/v1beta1',
    metadata: { name: 'stunner-gateway-global', annotations: { 'k8gb.io/hostname': GLOBAL } },
    spec: {
      resourceRef: {
        apiVersion: 'v1',
        kind: 'Service',
        name: 'stunner-gateway',
      },
      strategy: { type: 'failover', primaryGeoTag: 'eu' },
    },
  });
});

test('Cloudflare serves the name and does not proxy it', () => {
  const [platform] = platforms(stunnerWith(RegionalDns.cloudflare({ regionKey: 'eu' })));
  expect(settings(manifest(platform!, 'Gateway'), 'external-dns.alpha.kubernetes.io')).toEqual({
    hostname: 'eu.turn.example.com',
    'cloudflare-proxied': 'false',
    'cloudflare-region-key': 'eu',
  });
});

test('a certificate that is issued holds the name for all beside the regional ones', () => {
  const certificate = IssuedCertificate.of('tls', { issuer: CertificateIssuer.cluster('letsencrypt') });
  const stunner = stunnerWith(RegionalDns.route53Latency(GLOBAL), {
    listeners: [TurnListener.udp(), TurnListener.tls(443, { certificate })],
    loadBalancer: LoadBalancerProfile.gke({ supportsMixedProtocols: false }),
  });
  expect(manifest(platforms(stunner)[0]!, 'Certificate').spec.dnsNames).toEqual([
    'eu.turn.example.com',
    'tcp.eu.turn.example.com',
    GLOBAL,
  ]);
});

test('the API server would take the Services', () => {
  const oracle = CrdOracle.load();
  const stunner = stunnerWith(RegionalDns.route53Geolocation(GLOBAL));
  expect(
    platforms(stunner)
      .flatMap(manifests)
      .flatMap(object => oracle.check(object)),
  ).toEqual([]);
});
