import { readManifests } from '../../../relay/src/config/manifests';
import { MAX_TEXT_LENGTH, parseDocuments } from '../../../relay/src/config/parse-documents';
import { texts } from './fixtures';

const object = (name: string): string => `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name} }\n`;
const names = (text: string): unknown[] =>
  readManifests(text, 'a.yaml').documents.map(({ value }) => (value as { metadata: { name: string } }).metadata.name);

test('reads documents, empty ones aside, and the items of a List', () => {
  expect(names(`---\n# nothing\n---\n${object('a')}---\n${object('b')}...\n`)).toEqual(['a', 'b']);
  const item = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' } };
  expect(names(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] }))).toEqual(['c']);
  expect(names('')).toEqual([]);
});

test('anchors and merge keys are read', () => {
  const text = `apiVersion: v1\nkind: Secret\nx: &x { name: a }\nmetadata: { <<: *x }\n`;
  expect(names(text)).toEqual(['a']);
});

test('a document that does not parse is told with file and line, and none of its text', () => {
  const { problems } = readManifests(`${object('a')}stringData:\n  password: "SECRET\n  other: [SECRET\n`, 'a.yaml');
  expect(texts(problems)).toEqual([
    expect.stringMatching(/^a\.yaml: not readable as YAML at line \d+, column \d+ \(got [A-Z_]+\)/),
  ]);
  expect(texts(problems).join()).not.toContain('SECRET');
});

test('the other documents of a file with a bad one are read all the same', () => {
  const { documents, problems } = readManifests(`${object('a')}---\na: [\n---\n${object('b')}`, 'a.yaml');
  expect([documents.length, problems.length]).toEqual([2, 1]);
});

test.each([
  ['no kind', 'apiVersion: v1', 'kind'],
  ['no apiVersion', 'kind: Secret', 'apiVersion'],
  ['a List in a List', '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"List"}]}', 'items[0]'],
  ['items that are no list', '{"apiVersion":"v1","kind":"List","items":5}', 'items'],
  ['an item that is no object', '{"apiVersion":"v1","kind":"List","items":["x"]}', 'items[0]'],
])('%s is a problem with file and field', (_, text, field) => {
  expect(readManifests(text, 'a.yaml').problems[0]).toMatchObject({ file: 'a.yaml', field });
});

test('a key that stands twice in one map is told with its place, and the same key in two maps is none', () => {
  const { problems } = readManifests(`${object('a')}---\na: { b: 1 }\nc:\n  b: 1\n  "b": 2\n`, 'a.yaml');
  expect(texts(problems)).toEqual(['a.yaml: a key stands twice in one map at line 8, column 3: each once; remove one']);
});

test('a map of very many keys is read in time that grows with their number', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join('\n');
  const before = process.cpuUsage();
  expect(Object.keys(parseDocuments(keys).values[0] as object)).toHaveLength(20_000);
  // Every pair of them compared takes some ten seconds.
  expect(process.cpuUsage(before).user).toBeLessThan(4e6);
});

describe('hostile texts', () => {
  const levels = Array.from({ length: 10 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join()}]`);
  test.each([
    ['aliases that expand without end', `l0: &l0 x\n${levels.join('\n')}`],
    ['an alias that leads nowhere', 'a: *gone'],
    ['nesting that exhausts the stack', '['.repeat(100_000)],
    ['nesting that JSON allows', `${'['.repeat(100_000)}${']'.repeat(100_000)}x`],
    ['too long a text', ' '.repeat(MAX_TEXT_LENGTH + 1)],
  ])('%s are a problem, not an exception', (_, text) => {
    expect(parseDocuments(text, 'a.yaml').problems).toHaveLength(1);
  });
});
