import { Reflector, type ReflectorSink, type Trouble } from '../../../../relay/src/config/cluster/reflector';
import type { Resource } from '../../../../relay/src/config/cluster/resource';
import { answer, type Scene, ScriptedApi, watch } from './scripted-api';

const RESOURCE: Resource = { kind: 'ReferenceGrant', plural: 'referencegrants', versions: ['v1', 'v1beta1'] };
const GONE = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };

const object = (name: string, resourceVersion = '1'): object => ({
  metadata: { name, namespace: 'a', resourceVersion },
});
const list = (names: readonly string[], next?: string): object => ({
  metadata: { resourceVersion: '100', continue: next },
  items: names.map(name => object(name)),
});

/** Notes what it is told. */
class Notes implements ReflectorSink {
  readonly said: string[] = [];
  readonly troubles: Trouble[] = [];

  listing = (): void => void this.said.push('listing');
  listed = (): void => void this.said.push('listed');
  put = (each: Record<string, unknown>): void => void this.said.push(`put ${this.nameOf(each)}`);
  remove = (each: Record<string, unknown>): void => void this.said.push(`remove ${this.nameOf(each)}`);
  trouble = (trouble: Trouble | undefined): void => {
    if (trouble !== undefined) this.troubles.push(trouble);
  };

  private nameOf(each: Record<string, unknown>): string {
    return `${String(each.apiVersion)} ${(each.metadata as { name: string }).name}`;
  }
}

let api: ScriptedApi;
let reflector: Reflector;
afterEach(async () => {
  await reflector.close();
  await api.close();
});

/** Runs until the API has been asked so often. */
async function reflected(asks: number, ...scenes: readonly Scene[]): Promise<Notes> {
  api = new ScriptedApi(...scenes);
  const notes = new Notes();
  reflector = new Reflector(await api.open(), RESOURCE, notes);
  for (let i = 0; i < 500 && api.asked.length < asks; i++) await new Promise(resolve => setTimeout(resolve, 10));
  await new Promise(resolve => setTimeout(resolve, 50));
  return notes;
}

const V1 = 'gateway.networking.k8s.io/v1';

test('lists in pages, then watches from where the list was', async () => {
  const { said } = await reflected(3, answer(200, list(['x'], 'more')), answer(200, list(['y'])), watch([]));
  expect(said).toEqual(['listing', `put ${V1} x`, `put ${V1} y`, 'listed']);
  expect(api.asked).toEqual(['500', '500 more', 'true 100']);
});

test('a list whose rest has expired begins anew (410 Gone)', async () => {
  const notes = await reflected(
    4,
    answer(200, list(['x'], 'more')),
    answer(410, GONE),
    answer(200, list(['y'])),
    watch([]),
  );
  expect(notes.said).toEqual(['listing', `put ${V1} x`, 'listing', `put ${V1} y`, 'listed']);
  expect(notes.troubles).toEqual([]);
});

test.each([
  ['an event', watch([{ type: 'ERROR', object: GONE }])],
  ['its status', answer(410, GONE)],
])('a watch that has expired, as %s says, is followed by a list', async (_, expired) => {
  const notes = await reflected(4, answer(200, list(['x'])), expired, answer(200, list(['y'])), watch([]));
  expect(notes.said.slice(3)).toEqual(['listing', `put ${V1} y`, 'listed']);
  expect(notes.troubles).toEqual([]);
});

test('a watch that ends goes on where it was, and a bookmark moves that', async () => {
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '140' } } };
  const events = [
    { type: 'MODIFIED', object: object('x', '120') },
    { type: 'DELETED', object: object('x', '130') },
    bookmark,
  ];
  const { said } = await reflected(3, answer(200, list([])), watch(events, true), watch([]));
  expect(said).toEqual(['listing', 'listed', `put ${V1} x`, `remove ${V1} x`]);
  expect(api.asked.at(-1)).toBe('true 140');
});

test('a version that is not served gives way to the next', async () => {
  const { said } = await reflected(3, answer(404, {}), answer(200, list(['x'])), watch([]));
  expect(said).toContain('put gateway.networking.k8s.io/v1beta1 x');
});

test.each([
  [404, 'absent', /^referencegrants\.gateway\.networking\.k8s\.io are not installed \(got no v1 or v1beta1\)/],
  [403, 'forbidden', /ClusterRole with the rule .*"resources":\["referencegrants"\],"verbs":\["list","watch"\]/],
  [503, 'unreachable', /cannot be read \(got 503 so it is\); trying again$/],
])('status %i is told as %s', async (status, kind, text) => {
  const refusal = answer(status, { message: 'so it is' });
  const { troubles } = await reflected(2, refusal, refusal);
  expect(troubles[0]).toEqual({ kind, message: expect.stringMatching(text) as string });
});

test.each([
  ['a list that is none', answer(200, { items: [] })],
  ['text', ((response): void => void response.writeHead(200).end('<html>')) satisfies Scene],
])('%s is no reason to forget anything', async (_, scene) => {
  const { said, troubles } = await reflected(2, scene, scene);
  expect(said).not.toContain('listed');
  expect(troubles[0]?.message).toContain('the list is not readable');
});
