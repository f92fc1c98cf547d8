import * as fs from 'node:fs';
import * as path from 'node:path';
import { apiReference } from '../../scripts/docs/api-reference';
import { Assembly } from '../../scripts/docs/assembly';

const ROOT = path.join(__dirname, '..', '..');
/** The public surface as jsii sees it; `npm run build:lib` writes it. */
const assembly = JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')) as Assembly;
const types = Object.values(assembly.types);

test('everything public has a description, its own or that of the interface it fulfils', () => {
  const undocumented = types.flatMap(type => {
    const members = [...(type.properties ?? []), ...(type.methods ?? [])].filter(
      ({ overrides }) => overrides === undefined,
    );
    return [type, ...members].filter(({ docs }) => !docs?.summary).map(({ name }) => `${type.name}.${name ?? ''}`);
  });
  expect(undocumented).toEqual([]);
});

test('every optional prop says what happens without it', () => {
  const silent = types
    .filter(({ datatype }) => datatype)
    .flatMap(({ name, properties = [] }) =>
      properties.filter(({ optional, docs }) => optional && !docs?.default).map(property => `${name}.${property.name}`),
    );
  expect(silent).toEqual([]);
});

test('no generated type is public, for those change with every upstream release', () => {
  expect(Object.keys(assembly.types).filter(name => /Spec|GVK|UdpRoute/.test(name))).toEqual([]);
});

test('docs/api.md is what "npm run docs" writes', () => {
  expect(fs.readFileSync(path.join(ROOT, 'docs', 'api.md'), 'utf8')).toBe(apiReference(assembly));
});

test('every link of docs/api.md leads to a heading of it', () => {
  const text = apiReference(assembly);
  const headings = new Set([...text.matchAll(/^### (.+)$/gm)].map(([, name]) => name!.toLowerCase()));
  const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target!);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter(target => !headings.has(target))).toEqual([]);
});
