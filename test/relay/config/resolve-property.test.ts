import fc from 'fast-check';
import { ObjectStore } from '../../../relay/src/config/cluster/object-store';
import { isTree } from '../../../relay/src/config/cluster/trim';
import { problemText } from '../../../relay/src/config/config-source';
import { Memory } from '../../../relay/src/config/memory';
import { KINDS, type Kind, ObjectSet } from '../../../relay/src/config/objects';
import { Problems } from '../../../relay/src/config/problems';
import { resolve } from '../../../relay/src/config/resolve';
import {
  base,
  endpointSlice,
  gateway,
  grant,
  manifest,
  resolved,
  secret,
  service,
  staticRef,
  staticService,
  udp,
  udpRoute,
} from './fixtures';

const PASSWORD = 'PASSWORD-GW';
const SECRET = 'SECRET-ROUTE';

const selected = {
  from: 'Selector',
  selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] },
};
const objects: readonly unknown[] = [
  ...base,
  gateway(
    'turn/edge',
    [
      { ...udp, allowedRoutes: { namespaces: selected } },
      {
        name: 'tls',
        port: 5349,
        protocol: 'TURN-TLS',
        tls: { certificateRefs: [{ name: 'tls', namespace: 'vault' }] },
      },
      { ...udp, name: 'more' },
    ],
    { addresses: [{ value: '203.0.113.10' }] },
    { annotations: { 'stunner.l7mp.io/targetport': '{"udp":13478}' } },
  ),
  manifest('v1', 'Namespace', 'acme', {}, { labels: { tier: 'gold' } }),
  secret('acme/turn', { type: 'ephemeral', secret: SECRET }),
  udpRoute('acme/sfu', [{ name: 'sfu', port: 5000, endPort: 6000 }, staticRef, { name: 'far', namespace: 'media' }]),
  udpRoute('acme/own', [staticRef], {}, { annotations: { 'cdk8s-stunner.dev/auth-ref': 'turn' } }),
  staticService('acme/net', ['10.0.0.0/8', '2001:db8::/32']),
  service('acme/sfu', { clusterIP: '10.96.0.1' }),
  service('media/far', { clusterIP: '10.96.0.2' }),
  endpointSlice('acme/sfu-1', 'sfu', [{ addresses: ['10.1.0.1', '10.1.0.2'] }]),
  endpointSlice('acme/sfu-2', 'sfu', [{ addresses: ['10.1.0.3'] }]),
  grant('media/g', { group: 'stunner.l7mp.io', kind: 'UDPRoute', namespace: 'acme' }, { group: '', kind: 'Service' }),
];

/** `Array.isArray` makes of unknown what may be anything. */
function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return [path, ...below];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (isList(value)) return value.map((item, i) => (String(i) === String(key) ? replaced(item, rest, by) : item));
  const map = value as Record<string, unknown>;
  return { ...map, [key]: replaced(map[key], rest, by) };
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(
    null,
    true,
    -1,
    0,
    1.5,
    65536,
    1e300,
    '',
    'x',
    '\u0000',
    '..',
    '__proto__',
    '0.0.0.0/0',
    [],
    {},
    [null],
    [[]],
  ),
  fc.constantFrom<unknown[]>({ constructor: null }, { get: 1 }, ['x', { y: [] }], 'a'.repeat(10_000)),
  fc.jsonValue(),
);

const mutation = fc.record({ path: fc.constantFrom(...pathsOf([...objects])), by: hostile });
const mutated = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map(mutations =>
    mutations.reduce<unknown>(
      (tree, { path, by }) => {
        try {
          return replaced(tree, path, by);
        } catch {
          // An earlier mutation took the path away.
          return tree;
        }
      },
      [...objects],
    ),
  )
  .map(tree => (isList(tree) ? tree : [tree]));

test('the untouched objects resolve', () => {
  const { config } = resolved(objects);
  expect(config?.listeners.map(({ name, port, routes }) => [name, port, routes])).toEqual([
    ['turn/edge/udp', 13478, ['acme/own', 'acme/sfu']],
    ['turn/edge/tls', 5349, []],
  ]);
  expect(config?.clusters.map(({ peers }) => peers.length)).toEqual([2, 7]);
});

test('resolve does not depend on the order of the objects', () => {
  fc.assert(
    fc.property(
      mutated.chain(tree => fc.tuple(fc.constant(tree), fc.shuffledSubarray(tree, { minLength: tree.length }))),
      ([tree, shuffled]) => expect(resolved(shuffled)).toEqual(resolved(tree)),
    ),
    { numRuns: 300 },
  );
});

test('resolve with a memory of passes before comes to the same as without', () => {
  fc.assert(
    fc.property(fc.array(mutated, { minLength: 2, maxLength: 6 }), trees => {
      const store = new ObjectStore(() => undefined);
      const memory = new Memory();
      for (const tree of trees) {
        // As a cluster tells of changes: an object that stays as it is is not told again.
        const documents = tree
          .filter(isTree)
          .filter(document => ObjectSet.of([{ value: document }]).problems.length === 0);
        const ids = new Set(documents.flatMap(document => store.put(document) ?? []));
        for (const kind of Object.keys(KINDS) as Kind[]) {
          for (const { id } of store.objects.list(kind)) if (!ids.has(id)) store.remove(kind, id);
        }
        const remembered = resolve(store.objects, {}, memory);
        const fresh = resolve(ObjectSet.of(contents(store.objects)));
        // What a memory adds on purpose: it serves on with credentials that are gone.
        if (fresh.config !== undefined) expect(remembered).toEqual(fresh);
      }
    }),
    { numRuns: 200 },
  );
});

test('a pass over objects of which one has changed makes anew only what depends on it', () => {
  const store = new ObjectStore(() => undefined);
  const memory = new Memory();
  for (const document of objects.filter(isTree)) store.put(document);
  const before = resolve(store.objects, {}, memory).config!;
  store.put(endpointSlice('acme/sfu-2', 'sfu', [{ addresses: ['10.1.0.4'] }]));
  const after = resolve(store.objects, {}, memory).config!;
  expect(after.clusters.map((cluster, i) => [cluster.name, cluster === before.clusters[i]])).toEqual([
    ['acme/own', true],
    ['acme/sfu', false],
  ]);
});

function contents(set: ObjectSet): { value: unknown }[] {
  return (Object.keys(KINDS) as Kind[]).flatMap(kind =>
    set.list(kind).map(object => ({ value: object.fields(new Problems()).value })),
  );
}

test('resolve never throws, tells no secret, and keeps every route in its namespace', () => {
  fc.assert(
    fc.property(mutated, tree => {
      const { config, warnings, status } = resolved(tree);
      const told = warnings.map(problemText).join('\n') + JSON.stringify(status);
      expect(told).not.toContain(PASSWORD);
      expect(told).not.toContain(SECRET);
      if (config === undefined) expect(warnings).not.toEqual([]);
      for (const cluster of config?.clusters ?? []) expect(cluster.name.startsWith(`${cluster.namespace}/`)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test.each(['metadata', 'annotations'])('a route whose %s cannot be read is not the gateway credential’s', key => {
  const broken =
    key === 'metadata' ? { annotations: { 'cdk8s-stunner.dev/auth-ref': ['turn'] } } : { annotations: ['turn'] };
  const { config } = resolved([
    ...objects.slice(0, 5),
    udpRoute('acme/own', [staticRef], {}, broken),
    staticService('acme/net', ['10.0.0.1']),
  ]);
  expect(config?.clusters).toEqual([]);
});
