import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { GitOpsApp } from 'cdk8s-stunner';

const INDEX = '.cdk8s-stunner.json';
let outdir: string;

beforeEach(() => {
  outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'gitops-app-'));
});
afterEach(() => fs.rmSync(outdir, { recursive: true }));

function configMap(chart: Chart, name: string, namespace?: string): ApiObject {
  return new ApiObject(chart, `${namespace}-${name}`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
  });
}

function appWith(...names: string[]): GitOpsApp {
  const app = new GitOpsApp({ outdir });
  const chart = new Chart(app, 'chart');
  for (const name of names) configMap(chart, name, 'acme');
  return app;
}

function filesOf(directory: string): string[] {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe('files', () => {
  test('each object has a file of its own, named after its group, kind, namespace and name', () => {
    const app = new GitOpsApp({ outdir });
    const chart = new Chart(app, 'chart');
    GitOpsApp.placeIn(chart, 'eu-west-1/acme');
    configMap(chart, 'edge', 'one');
    configMap(chart, 'edge', 'two');
    new ApiObject(chart, 'a', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'edge', namespace: 'one' },
    });
    new ApiObject(chart, 'b', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'edge', namespace: 'one' },
    });
    new ApiObject(chart, 'c', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:edge' },
    });

    expect(app.render().map(file => file.path)).toEqual([
      'eu-west-1/acme/core_ConfigMap_one_edge.yaml',
      'eu-west-1/acme/core_ConfigMap_two_edge.yaml',
      'eu-west-1/acme/gateway.networking.k8s.io_Gateway_one_edge.yaml',
      'eu-west-1/acme/networking.istio.io_Gateway_one_edge.yaml',
      'eu-west-1/acme/rbac.authorization.k8s.io_ClusterRole__system%3Aedge.yaml',
    ]);
  });

  test('the nearest placement counts, and without any the path of the chart', () => {
    const app = new GitOpsApp({ outdir });
    const placed = new Chart(app, 'placed');
    GitOpsApp.placeIn(app, 'everything/else');
    GitOpsApp.placeIn(placed, 'eu/acme');
    configMap(placed, 'a');
    configMap(new Chart(app, 'other'), 'b');
    const bare = new GitOpsApp({ outdir });
    configMap(new Chart(bare, 'bare'), 'c');

    expect([...app.render(), ...bare.render()].map(file => file.path)).toEqual([
      'eu/acme/core_ConfigMap__a.yaml',
      'everything/else/core_ConfigMap__b.yaml',
      'bare/core_ConfigMap__c.yaml',
    ]);
  });

  test('keys are sorted, those of patches too and whatever CDK8S_DISABLE_SORT says', () => {
    const app = new GitOpsApp({ outdir });
    const object = new ApiObject(new Chart(app, 'chart'), 'a', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { z: '1', b: '2' },
    });
    object.addJsonPatch(JsonPatch.add('/data/a', '3'));
    process.env.CDK8S_DISABLE_SORT = '1';
    const [file] = app.render();
    delete process.env.CDK8S_DISABLE_SORT;
    expect(file?.content).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "3"\n  b: "2"\n  z: "1"\n',
    );
  });

  test('a folder name that would leave the tree is refused', () => {
    const app = new GitOpsApp({ outdir });
    expect(() => GitOpsApp.placeIn(app, '../etc')).toThrow('folder name is not valid (got "..")');
  });

  test('synthYaml is the same objects as one stream', () => {
    const app = appWith('b', 'a');
    expect(app.synthYaml()).toBe(
      app
        .render()
        .map(({ content }) => content)
        .join('---\n'),
    );
  });
});

describe('identity', () => {
  test('one object twice in a cluster is refused, and both constructs are named', () => {
    const app = new GitOpsApp({ outdir });
    for (const id of ['platform', 'acme']) {
      const chart = new Chart(app, id);
      GitOpsApp.placeIn(chart, `eu-west-1/${id}`);
      configMap(chart, 'edge', 'one');
    }
    expect(() => app.synth()).toThrow(
      new Error(
        '[acme/one-edge] object is rendered twice (got "eu-west-1/core/ConfigMap/one/edge"): one object per group, kind, namespace and name in a cluster, and platform/one-edge is that; rename or remove one of the two',
      ),
    );
    expect(filesOf(outdir)).toEqual([]);
  });

  test('one object in each of two clusters is fine', () => {
    const app = new GitOpsApp({ outdir });
    for (const region of ['eu-west-1', 'us-east-1']) {
      const chart = new Chart(app, region);
      GitOpsApp.placeIn(chart, `${region}/platform`);
      configMap(chart, 'edge', 'one');
    }
    expect(app.render()).toHaveLength(2);
  });
});

describe('validation', () => {
  test('every construct is validated once, and all complaints come together', () => {
    const app = appWith('a');
    let runs = 0;
    const chart = app.node.findChild('chart');
    for (const complaint of ['first', 'second'])
      chart.node.addValidation({ validate: () => [`${complaint} ${++runs}`] });
    expect(() => app.synth()).toThrow(
      new Error('Validation failed with the following errors:\n  [chart] first 1\n  [chart] second 2'),
    );
  });
});

describe('output directory', () => {
  test('it is CDK8S_OUTDIR unless the props say otherwise', () => {
    const before = process.env.CDK8S_OUTDIR;
    process.env.CDK8S_OUTDIR = outdir;
    expect([new GitOpsApp().outdir, new GitOpsApp({ outdir: 'elsewhere' }).outdir]).toEqual([outdir, 'elsewhere']);
    if (before === undefined) delete process.env.CDK8S_OUTDIR;
    else process.env.CDK8S_OUTDIR = before;
  });

  test('what is no longer rendered goes, with the folders it leaves empty, and foreign files stay', () => {
    appWith('a', 'b').synth();
    fs.writeFileSync(path.join(outdir, 'README.md'), 'mine');
    fs.writeFileSync(path.join(outdir, 'chart', 'kustomization.yaml'), 'mine');
    appWith('b').synth();
    expect(filesOf(outdir)).toEqual([
      INDEX,
      'README.md',
      'chart/core_ConfigMap_acme_b.yaml',
      'chart/kustomization.yaml',
    ]);

    fs.rmSync(path.join(outdir, 'chart', 'kustomization.yaml'));
    appWith().synth();
    expect(fs.readdirSync(outdir).sort()).toEqual([INDEX, 'README.md']);
  });

  test('a foreign file in the way is refused, and nothing is written', () => {
    const inTheWay = path.join(outdir, 'chart', 'core_ConfigMap_acme_b.yaml');
    fs.mkdirSync(path.dirname(inTheWay));
    fs.writeFileSync(inTheWay, 'mine');
    expect(() => appWith('a', 'b').synth()).toThrow(
      new Error(
        `file belongs to someone else (got "${inTheWay}"): files that an earlier run wrote, or none; move it, or choose another outdir`,
      ),
    );
    expect(filesOf(outdir)).toEqual(['chart/core_ConfigMap_acme_b.yaml']);
    expect(fs.readFileSync(inTheWay, 'utf8')).toBe('mine');
  });

  test('a lost index is no harm while the files are as they were', () => {
    appWith('a').synth();
    fs.rmSync(path.join(outdir, INDEX));
    appWith('a').synth();
    expect(filesOf(outdir)).toEqual([INDEX, 'chart/core_ConfigMap_acme_a.yaml']);
  });

  test('our file is put right again when someone has changed it', () => {
    appWith('a').synth();
    const file = path.join(outdir, 'chart', 'core_ConfigMap_acme_a.yaml');
    const content = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, 'changed');
    appWith('a').synth();
    expect(fs.readFileSync(file, 'utf8')).toBe(content);
  });

  test.each([
    ['{"files":["../outside.yaml"]}'],
    ['{"files":["a/../../outside.yaml"]}'],
    ['{"files":["/etc/outside.yaml"]}'],
    ['{"files":["important.txt"]}'],
    ['{"files":[1]}'],
    ['null'],
    ['not json'],
  ])('the index %s is damaged, and nothing is removed', index => {
    fs.writeFileSync(path.join(outdir, INDEX), index);
    fs.writeFileSync(path.join(outdir, 'important.txt'), 'mine');
    expect(() => appWith('a').synth()).toThrow('index is damaged');
    expect(filesOf(outdir)).toEqual([INDEX, 'important.txt']);
  });
});
