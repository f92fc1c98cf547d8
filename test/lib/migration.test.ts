import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestValidator } from 'cdk8s-stunner';
import { parse, parseAllDocuments } from 'yaml';
import { readTree, renderExample } from './examples';

type Fields = Record<string, unknown>;
interface Gateway {
  metadata: { name: string; namespace: string };
  spec: { gatewayClassName: string; listeners: { name: string; port: number; protocol: string }[] };
}

const ROOT = join(__dirname, '..', '..');
const EXAMPLE = join(ROOT, 'examples', 'migration-yaml');
const before = parseAllDocuments(readFileSync(join(EXAMPLE, 'before.yaml'), 'utf8')).map(
  document => document.toJS() as Fields,
);
const after = Object.entries(renderExample('migration-yaml'))
  .filter(([file]) => file.endsWith('.yaml'))
  .map(([, content]) => parse(content) as Fields);

const gatewayOf = (objects: Fields[]) => objects.find(({ kind }) => kind === 'Gateway') as unknown as Gateway;

test('the hand-written YAML is found wanting, for the reasons that the README gives', () => {
  const found = ManifestValidator.check(before).map(({ rule, object }) => `${rule} ${object}`);
  expect(found).toEqual(
    expect.arrayContaining([
      'reference stunner.l7mp.io/UDPRoute media/janus',
      'reference stunner.l7mp.io/UDPRoute legacy/legacy',
      'serving gateway.networking.k8s.io/Gateway stunner/turn',
      'serving stunner.l7mp.io/UDPRoute media/janus',
      'serving stunner.l7mp.io/StaticService legacy/legacy',
      'serving stunner.l7mp.io/GatewayConfig stunner/turn',
      'credential stunner.l7mp.io/GatewayConfig stunner/turn',
    ]),
  );
});

test('what the constructs render is not', () => {
  expect(ManifestValidator.check(after)).toEqual([]);
});

test('the Gateway keeps its names and ports, and so its public address', () => {
  const identity = ({ metadata: { name, namespace }, spec: { gatewayClassName, listeners } }: Gateway) => ({
    name,
    namespace,
    gatewayClassName,
    listeners: listeners.map(({ name, port, protocol }) => ({ name, port, protocol })),
  });
  expect(identity(gatewayOf(after))).toEqual(identity(gatewayOf(before)));
});

test('the judge says by its exit code whether there is something to find, and repeats no credential', () => {
  const judge = (...files: string[]) => {
    const args = ['--import', 'tsx', join(EXAMPLE, 'judge.ts'), ...files];
    return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  };
  const { status, stdout } = judge(join(EXAMPLE, 'before.yaml'));
  expect(status).toBe(1);
  expect(stdout).toContain('UDPRoute media/janus: there is no such listener');
  expect(stdout).not.toContain('changeme');

  const golden = join(ROOT, 'test', 'golden', 'migration-yaml');
  const files = Object.keys(readTree(golden)).filter(file => file.endsWith('.yaml'));
  expect(judge(...files.map(file => join(golden, file)))).toMatchObject({ status: 0, stdout: '' });
});
