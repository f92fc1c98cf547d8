import { Field } from '../../../relay/src/config/field';
import { ObjectSet } from '../../../relay/src/config/objects';
import { endpointSlice, manifest, secret, texts, udpRoute } from './fixtures';

function setOf(...values: unknown[]): ObjectSet {
  return ObjectSet.of(values.map(value => ({ value, file: 'a.yaml' })));
}

describe('ObjectSet', () => {
  test('indexes by kind, namespace and name, and lists in one order', () => {
    const set = setOf(udpRoute('b/z', []), udpRoute('a/y', []), secret('b/z', {}));
    expect(set.get('UDPRoute', 'b', 'z')?.toString()).toBe('UDPRoute b/z');
    expect(set.get('UDPRoute', 'b', 'y')).toBeUndefined();
    expect(set.list('UDPRoute').map(({ id }) => id)).toEqual(['a/y', 'b/z']);
    expect(set.list('UDPRoute', 'b').map(({ id }) => id)).toEqual(['b/z']);
  });

  test('an object without namespace is in default, a cluster-scoped one in none', () => {
    const set = setOf(secret('auth', {}), manifest('v1', 'Namespace', 'odd/acme'));
    expect(set.get('Secret', 'default', 'auth')).toBeDefined();
    const empty = manifest('v1', 'Secret', 'auth', {}, { namespace: '' });
    expect(setOf(empty).get('Secret', 'default', 'auth')).toBeDefined();
    expect(set.get('Namespace', '', 'acme')).toBeDefined();
  });

  test.each([
    ['another kind', manifest('apps/v1', 'Deployment', 'a/x')],
    ['the kind of another group', manifest('gateway.networking.k8s.io/v1', 'UDPRoute', 'a/x')],
    ['a property of Object', manifest('v1', 'constructor', 'a/x')],
    ['no object', 'text'],
    ['nothing', null],
  ])('ignores %s', (_, value) => {
    expect(setOf(value).problems).toEqual([]);
    expect(setOf(value).list('UDPRoute')).toEqual([]);
  });

  test('of an object given twice neither is taken, in any version', () => {
    const grants = ['v1', 'v1beta1'].map(version =>
      manifest(`gateway.networking.k8s.io/${version}`, 'ReferenceGrant', 'a/g'),
    );
    const set = setOf(...grants, endpointSlice('a/s', 's', []));
    expect(set.list('ReferenceGrant')).toEqual([]);
    expect(set.list('EndpointSlice')).toHaveLength(1);
    expect(texts(set.problems)).toEqual([
      expect.stringContaining('ReferenceGrant a/g: given more than once (got 2 in a.yaml)'),
    ]);
  });

  test.each([
    [{ name: 'a/b' }, 'metadata.name'],
    [{ name: '' }, 'metadata.name'],
    [{ name: 5 }, 'metadata.name'],
    [{}, 'metadata.name'],
    [{ name: 'x', namespace: 'a/b' }, 'metadata.namespace'],
    [{ name: 'x', namespace: [] }, 'metadata.namespace'],
    ['text', 'metadata'],
  ])('metadata %j is a problem with file and field', (metadata, field) => {
    const { problems } = setOf({ apiVersion: 'v1', kind: 'Secret', metadata });
    expect(problems[0]).toMatchObject({ file: 'a.yaml', object: 'Secret', field });
  });
});

describe('Field', () => {
  function field(value: unknown): { root: Field; told: string[] } {
    const told: string[] = [];
    return { root: new Field(value, '', (path, message) => told.push(`${path}: ${message}`)), told };
  }

  test('what is absent or null has the default; what is of the wrong type has none, nor has anything below', () => {
    const { root, told } = field({ none: null, wrong: 5 });
    expect(root.get('none').string('default')).toBe('default');
    expect(root.get('gone').get('deeper').string('default')).toBe('default');
    expect(root.get('wrong').get('below').get('deeper').string('default')).toBeUndefined();
    expect(root.get('wrong').items()).toBeUndefined();
    expect(told).toEqual(['wrong: wrong type (got a number): a map', 'wrong: wrong type (got a number): a list']);
  });

  test('finds own members only', () => {
    expect(field({}).root.get('toString').isAbsent).toBe(true);
    expect(field(JSON.parse('{"__proto__":{"a":"b"}}')).root.get('a').isAbsent).toBe(true);
  });

  test('paths read as a person would write them', () => {
    const { root } = field({ spec: { list: [{ 'a.b/c': 1 }] } });
    expect(root.get('spec').get('list').items()?.[0]?.get('a.b/c').path).toBe('spec.list[0]["a.b/c"]');
  });

  test.each([-1, 0, 1.5, NaN, Infinity, 65536, '80', true])('%p is no port', value => {
    expect(field(value).root.integer(1, 65535, 7)).toBeUndefined();
  });
});
