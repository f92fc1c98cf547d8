import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');
const CLI = path.join(ROOT, 'node_modules', '.bin', 'cdk8s');

interface Report {
  readonly violations: {
    readonly ruleName: string;
    readonly recommendation: string;
    readonly fix: string;
    readonly violatingConstructs: { readonly locations: string[]; readonly manifestPath: string }[];
  }[];
}

let home: string;
beforeEach(() => (home = fs.mkdtempSync(path.join(os.tmpdir(), 'plugin-'))));
afterEach(() => fs.rmSync(home, { recursive: true }));

/** Runs `cdk8s synth` on an app, with the plugin in its `cdk8s.yaml`, as a project does that has the package installed. */
function synth(
  app: string,
  properties: string[] = [],
): { status: number | null; output: string; violations: Report['violations'] } {
  const modules = path.join(home, 'node_modules');
  fs.mkdirSync(modules);
  for (const name of ['cdk8s', 'constructs'])
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  fs.symlinkSync(ROOT, path.join(modules, 'cdk8s-stunner'));
  fs.writeFileSync(path.join(home, 'app.js'), app);
  fs.writeFileSync(
    path.join(home, 'cdk8s.yaml'),
    [
      'app: node app.js',
      'language: typescript',
      'output: dist',
      'validations:',
      '  - package: ./node_modules/cdk8s-stunner',
      '    version: 0.1.0',
      '    class: ManifestValidation',
      ...properties,
    ].join('\n'),
  );
  const reports = path.join(home, 'reports.json');
  const args = ['synth', '--check-upgrade=false', '--validation-reports-output-file', reports];
  const { status, stdout, stderr } = spawnSync(CLI, args, { cwd: home, encoding: 'utf8' });
  const written = fs.existsSync(reports)
    ? (JSON.parse(fs.readFileSync(reports, 'utf8')) as { reports: Report[] })
    : undefined;
  return { status, output: stdout + stderr, violations: written?.reports.flatMap(report => report.violations) ?? [] };
}

const PLAIN = (listener: string) => `
const { ApiObject, App, Chart } = require('cdk8s');
const app = new App();
const chart = new Chart(app, 'edge', { namespace: 'stunner', disableResourceNameHashes: true });
new ApiObject(chart, 'class', {
  apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'turn' },
  spec: { controllerName: 'stunner.l7mp.io/gateway-operator',
    parametersRef: { group: 'stunner.l7mp.io', kind: 'GatewayConfig', name: 'config', namespace: 'stunner' } },
}).metadata;
new ApiObject(chart, 'config', {
  apiVersion: 'stunner.l7mp.io/v1', kind: 'GatewayConfig', metadata: { name: 'config' }, spec: { authRef: { name: 'auth' } },
});
new ApiObject(chart, 'gateway', {
  apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'edge' },
  spec: { gatewayClassName: 'turn', listeners: [${listener}] },
});
app.synth();
`;

test('a sound app passes cdk8s synth', () => {
  const { status, output, violations } = synth(PLAIN("{ name: 'udp', port: 3478, protocol: 'TURN-UDP' }"));
  expect({ status, violations }).toEqual({ status: 0, violations: [] });
  expect(output).toContain('edge.k8s.yaml');
});

test('cdk8s synth fails on an app with a listener that no client can use, and tells the rule, the object and the fix', () => {
  const { status, output, violations } = synth(PLAIN("{ name: 'tls', port: 5349, protocol: 'TURN-TLS' }"));
  expect(status).not.toBe(0);
  expect(output).toContain('listener has no certificate');
  expect(violations).toMatchObject([
    {
      ruleName: 'serving',
      recommendation: 'listener has no certificate (got "tls"): tls.mode Terminate and a certificate',
      fix: 'name one in certificateRefs',
      violatingConstructs: [
        { locations: ['gateway.networking.k8s.io/Gateway stunner/edge'], manifestPath: 'dist/edge.k8s.yaml' },
      ],
    },
  ]);
});

test('in the tree of a GitOpsApp each region is judged for itself', () => {
  const { status, violations } = synth(`
const { ApiObject, JsonPatch } = require('cdk8s');
const { GitOpsApp, Region, RegionalStunner, TurnAuth, TurnListener } = require('cdk8s-stunner');
const app = new GitOpsApp();
const stunner = new RegionalStunner(app, 'stunner', {
  regions: ['eu', 'us'].map(name => Region.of(name, { hostname: name + '.example.com' })),
  realm: 'example.com',
  auth: TurnAuth.ephemeral({ name: 'auth' }),
  listeners: [TurnListener.udp(), TurnListener.tcp()],
});
ApiObject.of(stunner.region('us').gateway)
  .addJsonPatch(JsonPatch.remove('/metadata/annotations/stunner.l7mp.io~1enable-mixed-protocol-lb'));
app.synth();
`);
  expect(status).not.toBe(0);
  expect(violations.map(({ violatingConstructs }) => violatingConstructs[0]?.manifestPath)).toEqual([
    'dist/us/platform/gateway.networking.k8s.io_Gateway_stunner_stunner-gateway.yaml',
  ]);
});

test('what is in the cluster by other means is told to the plugin in its properties', () => {
  const route = `
const { ApiObject, App, Chart } = require('cdk8s');
const app = new App();
new ApiObject(new Chart(app, 'edge'), 'gateway', {
  apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'edge', namespace: 'stunner' },
  spec: { gatewayClassName: 'elsewhere', listeners: [{ name: 'udp', port: 3478, protocol: 'TURN-UDP' }] },
});
app.synth();
`;
  const external = ['    properties:', '      external: [gateway.networking.k8s.io/GatewayClass elsewhere]'];
  expect(synth(route, external)).toMatchObject({ status: 0, violations: [] });
});
