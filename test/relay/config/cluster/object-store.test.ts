import { type Change, ObjectStore, StoreSink } from '../../../../relay/src/config/cluster/object-store';

const route = (name: string, resourceVersion: string, rest: object = {}): Record<string, unknown> => ({
  apiVersion: 'stunner.l7mp.io/v1',
  kind: 'UDPRoute',
  metadata: { namespace: 'acme', name, uid: `uid-${name}`, resourceVersion },
  spec: { parentRefs: [] },
  ...rest,
});

let changes: Change[];
let store: ObjectStore;
let sink: StoreSink;
beforeEach(() => {
  changes = [];
  store = new ObjectStore(what => changes.push(what));
  sink = new StoreSink('UDPRoute', store, () => undefined);
});

const names = (): string[] => store.objects.list('UDPRoute').map(({ name }) => name);
const get = (name: string) => store.objects.get('UDPRoute', 'acme', name);

test('an object of the same version is the same object, and no change', () => {
  sink.put(route('a', '1'));
  const before = get('a');
  sink.put(route('a', '1'));
  expect(get('a')).toBe(before);
  expect(changes).toEqual(['meaning']);
});

test.each([
  ['its spec', 'meaning', { spec: { parentRefs: [{ name: 'edge' }] } }],
  ['its status', 'status', { status: { parents: [] } }],
])('a change of %s is a change of %s', (_, what, rest) => {
  sink.put(route('a', '1'));
  const before = get('a');
  sink.put(route('a', '2', rest));
  expect(changes).toEqual(['meaning', what]);
  expect(get('a') === before).toBe(what === 'status');
});

test('the status of a Service gives an address, and is a change of meaning', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'b', uid: 'u' } };
  const at = (resourceVersion: string, status: object) =>
    store.put({ ...service, metadata: { ...service.metadata, resourceVersion }, status });
  at('1', {});
  at('2', { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } });
  expect(changes).toEqual(['meaning', 'meaning']);
});

test('an object of the same name and version with another uid is another object', () => {
  sink.put(route('a', '1'));
  const before = get('a');
  const { metadata } = route('a', '1') as { metadata: object };
  sink.put(route('a', '1', { metadata: { ...metadata, uid: 'another' } }));
  expect(get('a')).not.toBe(before);
});

test('a list drops what is not in it, and only when it is whole', () => {
  for (const name of ['a', 'b']) sink.put(route(name, '1'));
  sink.listing();
  sink.put(route('b', '1'));
  sink.put(route('c', '2'));
  expect(names()).toEqual(['a', 'b', 'c']);
  sink.listed();
  expect(names()).toEqual(['b', 'c']);
});

test('a list that breaks off and begins anew drops nothing that the new one has', () => {
  for (const name of ['a', 'b']) sink.put(route(name, '1'));
  sink.listing();
  sink.put(route('a', '1'));
  sink.listing();
  sink.put(route('b', '1'));
  sink.listed();
  expect(names()).toEqual(['b']);
});

test.each([
  ['UDPRoute', 'absent', true],
  ['UDPRoute', 'forbidden', false],
  ['UDPRoute', 'unreachable', false],
  ['Secret', 'forbidden', true],
] as const)('%s that is %s: nothing more is waited for: %s', (kind, trouble, isSynced) => {
  const other = new StoreSink(kind, store, () => undefined);
  other.trouble({ kind: trouble, message: 'so it is' });
  expect(other.isSynced).toBe(isSynced);
});

test('what no reader needs takes no memory', () => {
  const { metadata } = route('a', '1') as { metadata: object };
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' };
  sink.put(route('a', '1', { metadata: { ...metadata, annotations, managedFields: [{ manager: 'kubectl' }] } }));
  expect(get('a')!.fields({ add: () => undefined } as never).value).toMatchObject({
    metadata: { annotations: { kept: 'yes' } },
  });
  expect(JSON.stringify(get('a'))).not.toMatch(/managedFields|last-applied/);
});
