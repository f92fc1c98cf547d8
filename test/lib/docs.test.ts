import * as fs from 'node:fs';
import * as path from 'node:path';

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
  readonly optional?: boolean;
}
interface Type extends Documented {
  readonly datatype?: boolean;
  readonly properties?: (Documented & { readonly overrides?: string })[];
  readonly methods?: (Documented & { readonly overrides?: string })[];
}

/** The public surface as jsii sees it; `npm run build:lib` writes it. */
const assembly = JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', '.jsii'), 'utf8')) as {
  types: Record<string, Type>;
};
const types = Object.values(assembly.types);

test('everything public has a description, its own or that of the interface it fulfils', () => {
  const undocumented = types.flatMap(type => {
    const members = [...(type.properties ?? []), ...(type.methods ?? [])].filter(
      ({ overrides }) => overrides === undefined,
    );
    return [type, ...members].filter(({ docs }) => !docs?.summary).map(({ name }) => `${type.name}.${name}`);
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
