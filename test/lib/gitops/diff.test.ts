import { ApiObject, Chart } from 'cdk8s';
import { GitOpsApp } from 'cdk8s-stunner';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

let outdir: string;
beforeEach(() => {
  outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'diff-'));
});
afterEach(() => {
  fs.rmSync(outdir, { recursive: true });
  delete process.env.CDK8S_DIFF;
  process.exitCode = undefined;
});

function app(names: Record<string, string>): GitOpsApp {
  const result = new GitOpsApp({ outdir });
  const chart = new Chart(result, 'c');
  for (const [name, value] of Object.entries(names)) {
    new ApiObject(chart, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
  }
  return result;
}
const file = (name: string) => `c/core_ConfigMap__${name}.yaml`;

test('the difference names what would be added, modified and deleted, and writes nothing', () => {
  app({ same: '1', changed: '1', gone: '1' }).synth();
  const next = app({ same: '1', changed: '2', fresh: '1' });
  expect(next.diff()).toEqual([`M ${file('changed')}`, `A ${file('fresh')}`, `D ${file('gone')}`]);
  expect(fs.existsSync(path.join(outdir, file('fresh')))).toBe(false);
});

test('CDK8S_DIFF prints the difference, exits with 2 and writes nothing', () => {
  process.env.CDK8S_DIFF = 'true';
  const log = jest.spyOn(console, 'log').mockImplementation();
  app({ fresh: '1' }).synth();
  expect(log.mock.calls).toEqual([[`A ${file('fresh')}`]]);
  expect(process.exitCode).toBe(2);
  expect(fs.readdirSync(outdir)).toEqual([]);
  log.mockRestore();
});

test('without a difference the exit code is not touched', () => {
  app({ same: '1' }).synth();
  process.env.CDK8S_DIFF = 'true';
  app({ same: '1' }).synth();
  expect(process.exitCode).toBeUndefined();
});
