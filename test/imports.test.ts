import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gatewayApi from '../imports/gateway.networking.k8s.io';
import * as stunner from '../imports/stunner.l7mp.io';
import { bareSchema, crdStructures } from '../scripts/imports/crd-structure';
import { crdTypes } from '../scripts/imports/crd-types';
import { IMPORTS_DIR, readLock } from '../scripts/imports/lock';

const CRDS_DIR = join(IMPORTS_DIR, 'crds');
const GROUPS = [
  ...['stunner.l7mp.io', 'gateway.networking.k8s.io', 'networking.istio.io', 'security.istio.io'],
  ...['telemetry.istio.io', 'cert-manager.io'],
  ...['external-secrets.io', 'argoproj.io', 'monitoring.coreos.com', 'keda.sh'],
];
const lock = readLock();
const upstreamDir = process.env.UPSTREAM_CRDS;

const committed = (...path: string[]) => readFileSync(join(IMPORTS_DIR, ...path), 'utf8');

test('imports/ holds exactly the pinned groups', () => {
  const names = (dir: string, ending: string) =>
    readdirSync(dir)
      .filter(file => file.endsWith(ending))
      .map(file => file.slice(0, -ending.length))
      .sort();

  expect(Object.keys(lock)).toEqual(GROUPS);
  expect(names(IMPORTS_DIR, '.ts')).toEqual([...GROUPS].sort());
  expect(names(CRDS_DIR, '.json')).toEqual([...GROUPS].sort());
});

describe('types', () => {
  let generated: Map<string, string>;
  beforeAll(() => {
    generated = crdTypes(lock, CRDS_DIR);
  });

  test.each(GROUPS)('%s.ts is what its CRDs generate, byte for byte', group => {
    expect(generated.get(group)).toBe(committed(`${group}.ts`));
  });

  test.each(GROUPS)('%s.ts names its source and version, and carries no other comment', group => {
    const { source, version } = lock[group]!;
    const comments = committed(`${group}.ts`)
      .split('\n')
      .filter(line => /^\s*(\/\/|\/?\*)/.test(line));

    expect(comments).toHaveLength(2);
    expect(comments[0]).toContain(`${version}, ${source}`);
  });

  test.each([
    ['stunner.l7mp.io/v1', 'Dataplane', stunner.Dataplane],
    ['stunner.l7mp.io/v1', 'GatewayConfig', stunner.GatewayConfig],
    ['stunner.l7mp.io/v1', 'StaticService', stunner.StaticService],
    ['stunner.l7mp.io/v1', 'UDPRoute', stunner.UdpRoute],
    ['gateway.networking.k8s.io/v1', 'GatewayClass', gatewayApi.GatewayClass],
    ['gateway.networking.k8s.io/v1', 'Gateway', gatewayApi.Gateway],
    ['gateway.networking.k8s.io/v1', 'HTTPRoute', gatewayApi.HttpRoute],
    // v1 exists only since Gateway API 1.5; v1beta1 is served by every release so far.
    ['gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', gatewayApi.ReferenceGrant],
  ])('%s %s is the version meant, and the only one', (apiVersion, kind, { GVK, name }) => {
    expect(GVK).toEqual({ apiVersion, kind });
    const versions = Object.keys({ ...stunner, ...gatewayApi }).filter(other => new RegExp(`^${name}V\\d`).test(other));
    expect(versions).toEqual([]);
  });

  test('no Gateway API UDPRoute: STUNner does not watch the served version', () => {
    expect(Object.keys(gatewayApi)).not.toContain('UdpRoute');
  });
});

describe('structure', () => {
  test('prose goes, a property that is called like a prose keyword stays', () => {
    expect(
      bareSchema({
        description: 'prose',
        type: 'object',
        properties: {
          description: { type: 'string', description: 'prose', maxLength: 64 },
          title: { type: 'array', items: { type: 'string', description: 'prose' } },
        },
        additionalProperties: { title: 'prose', type: 'integer' },
        anyOf: [{ description: 'prose', required: ['title'] }],
        'x-kubernetes-validations': [{ rule: 'has(self.title)', message: 'prose' }],
      }),
    ).toEqual({
      type: 'object',
      properties: {
        description: { type: 'string', maxLength: 64 },
        title: { type: 'array', items: { type: 'string' } },
      },
      additionalProperties: { type: 'integer' },
      anyOf: [{ required: ['title'] }],
      'x-kubernetes-validations': [{ rule: 'has(self.title)' }],
    });
  });

  if (upstreamDir) {
    test.each(GROUPS)('crds/%s.json is the structure of the pinned upstream files, byte for byte', group => {
      expect(crdStructures(lock, upstreamDir).get(group)).toBe(committed('crds', `${group}.json`));
    });

    test('an upstream file that is not the pinned one is refused', () => {
      const pin = lock['stunner.l7mp.io']!;
      const files = { 'stunner.l7mp.io_udproutes.yaml': '0'.repeat(64) };

      expect(() => crdStructures({ 'stunner.l7mp.io': { ...pin, files } }, upstreamDir)).toThrow(
        /is not the pinned file \(got sha256 d1f9d6b9/,
      );
    });
  } else {
    console.warn('imports/crds/ is not compared with upstream: set UPSTREAM_CRDS to a folder of the pinned CRD files');
    test.skip('crds/*.json is the structure of the pinned upstream files (needs UPSTREAM_CRDS)', () => undefined);
  }
});
