import * as path from 'node:path';
import { parse } from 'yaml';
import { exampleNames, readTree, renderExample, writeTree } from './examples';

const GOLDEN = path.join(__dirname, '..', 'golden');

test('there are examples', () => {
  expect(exampleNames()).toContain('default');
});

/** `UPDATE_GOLDEN=1 npx jest golden` writes the trees anew; the difference is then reviewed like any other. */
describe.each(exampleNames())('example %s', name => {
  const golden = path.join(GOLDEN, name);
  const rendered = renderExample(name);
  if (process.env.UPDATE_GOLDEN === '1') writeTree(golden, rendered);

  test('it renders the golden tree, byte for byte', () => {
    expect(rendered).toEqual(readTree(golden));
  });

  test('another time zone, locale and run change nothing', () => {
    const elsewhere = renderExample(name, { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' });
    expect(elsewhere).toEqual(rendered);
  });

  test('no credential is rendered', () => {
    const objects = Object.entries(rendered)
      .filter(([file]) => file.endsWith('.yaml'))
      .map(([, content]) => parse(content) as { kind: string });
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(Object.values(rendered).join('\n')).not.toMatch(/^\s*(password|sharedSecret|userName|stringData): \S/m);
  });
});
