import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { Assembly } from '../../../scripts/docs/assembly';

const ROOT = path.join(__dirname, '..', '..', '..');
const DOCS = path.join(ROOT, 'docs');
const text = fs.readFileSync(path.join(DOCS, 'decision-record.md'), 'utf8');
const { types } = JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')) as Assembly;

/** `[label]: file` at the end of the page. */
const definitions = new Map([...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, label, file]) => [label!, file!]));

/** The rows of all tables, as cells; heads and rules left out. */
const rows = text
  .split('\n')
  .filter(
    (line, index, lines) =>
      line.startsWith('| ') && !line.startsWith('| ---') && !lines[index + 1]?.startsWith('| ---'),
  )
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );

test('the page has a row for every line of the record, four cells each', () => {
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter(cells => cells.length !== 4)).toEqual([]);
});

test('every construct that the page names is exported, and every member is one of it', () => {
  const named = rows.flatMap(cells => [...cells[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  expect(named.length).toBeGreaterThan(40);
  const unknown = named.filter(name => {
    const [type = '', member] = name.split('.');
    const found = types[`cdk8s-stunner.${type}`];
    const members = [...(found?.methods ?? []), ...(found?.properties ?? [])].map(each => each.name);
    return found === undefined || (member !== undefined && !members.includes(member));
  });
  expect(unknown).toEqual([]);
});

test('every object that the page names is rendered by an example, and is of that kind', () => {
  const used = new Set(rows.flatMap(cells => [...cells[2]!.matchAll(/\[([^\]]+)\]/g)].map(([, label]) => label!)));
  expect([...used].sort()).toEqual([...definitions.keys()].sort());
  const wrong = [...definitions].filter(([label, file]) => {
    const target = path.join(DOCS, file);
    if (!fs.existsSync(target)) return true;
    return (parse(fs.readFileSync(target, 'utf8')) as { kind: string }).kind !== label.split(' ')[0];
  });
  expect(wrong).toEqual([]);
});
