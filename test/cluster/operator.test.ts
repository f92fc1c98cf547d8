import { Dataplane } from 'cdk8s-stunner';
import { RelayProcess } from '../../examples/demo/relay-process';
import { secret } from '../../examples/demo/overlay';
import { freePorts } from '../e2e/ports';
import { BUNDLE, HERE, STATIC_USER } from '../e2e/site';
import { controlPlaneAssets } from './assets';
import { ClusterSite, type Manifest, POD, until } from './cluster-site';
import { TOKEN } from './control-plane';
import { Operator, operatorProgram } from './operator';

const assets = controlPlaneAssets();
const program = operatorProgram();
const missing = typeof assets === 'string' ? assets : 'missing' in program ? program.missing : undefined;
if (missing !== undefined) console.warn(`SKIPPED: the relay under STUNner's operator needs ${missing}`);

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: object;
  readonly securityContext: object;
}

interface GatewayStatus {
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly { readonly attachedRoutes: number }[];
}

const GATEWAY = '/apis/gateway.networking.k8s.io/v1/namespaces/stunner/gateways/stunner-gateway';
const ROUTE = '/apis/stunner.l7mp.io/v1/namespaces/acme/udproutes/media';
const HEALTH = 'http://127.0.0.1:8086';

(missing === undefined ? describe : describe.skip)("the rendered manifests under STUNner's own operator", () => {
  let site: ClusterSite;
  let operator: Operator;
  let relay: RelayProcess | undefined;
  let discoveryPort: number;
  let kubeconfig: string;

  const get = async (path: string): Promise<Manifest> => (await site.plane.call('GET', path)).body as Manifest;
  const startOperator = (): Operator => new Operator((program as { path: string }).path, kubeconfig, discoveryPort);
  const isTrue = (conditions: readonly Condition[] | undefined, ...types: readonly string[]): boolean =>
    types.every(type => conditions?.some(condition => condition.type === type && condition.status === 'True'));

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    discoveryPort = await freePorts();
    site = await ClusterSite.start(assets, Dataplane.operator());
    // The operator finds the pods of a headless Service too, and still says BackendNotFound of it.
    const [service] = site.media() as [Manifest];
    await site.remove(service);
    const { ports } = service.spec as { ports: unknown };
    await site.apply({ ...service, spec: { ports } });
    kubeconfig = await site.kubeconfig(TOKEN);
    operator = startOperator();
  }, 300_000);
  afterAll(async () => {
    await relay?.stop();
    await operator.stop();
    await site.stop();
  });

  test('are accepted: class, Gateway, listeners, and the route with its references', async () => {
    await until(
      'an accepted and programmed Gateway',
      async () => isTrue(((await get(GATEWAY)).status as GatewayStatus).conditions, 'Accepted'),
      30_000,
    );
    const route = async (): Promise<readonly Condition[]> => {
      const { parents = [] } = ((await get(ROUTE)).status ?? {}) as { parents?: { conditions: Condition[] }[] };
      return parents.flatMap(({ conditions }) => conditions);
    };
    await until('an accepted route', async () => isTrue(await route(), 'Accepted', 'ResolvedRefs'), 10_000);
    const { listeners = [] } = (await get(GATEWAY)).status as GatewayStatus;
    expect(listeners.map(({ attachedRoutes }) => attachedRoutes)).toEqual([1, 1, 1]);
  }, 60_000);

  test('make it deploy this image, with its arguments, resources and restrictions', async () => {
    const path = '/apis/apps/v1/namespaces/stunner/deployments/stunner-gateway';
    await until('the Deployment', async () => (await get(path)).kind === 'Deployment', 20_000);
    const { spec } = (await get(path)) as unknown as {
      spec: { template: { spec: { containers: Container[]; terminationGracePeriodSeconds: number } } };
    };
    const dataplane = site.object('Dataplane').spec as Record<string, unknown>;
    const [container] = spec.template.spec.containers;
    expect(container).toMatchObject({
      image: dataplane.image,
      command: dataplane.command,
      args: dataplane.args,
      resources: dataplane.resources,
      securityContext: dataplane.containerSecurityContext,
    });
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(dataplane.terminationGracePeriodSeconds);
  }, 30_000);

  describe('the relay that the Deployment asks for', () => {
    const started = (): RelayProcess => relay!;

    beforeAll(async () => {
      const path = '/apis/apps/v1/namespaces/stunner/deployments/stunner-gateway';
      const { spec } = (await get(path)) as unknown as { spec: { template: { spec: { containers: Container[] } } } };
      const { args, env } = spec.template.spec.containers[0]!;
      const told = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
      // What the kubelet fills in: the pod's own address and node.
      const downward = { STUNNER_ADDR: HERE, STUNNER_NODENAME: 'node-7' };
      const allowed = ['--allow-peer', '127.0.0.0/8', '--allow-peer', '192.0.2.0/24'];
      relay = new RelayProcess(BUNDLE, [...args, ...allowed], { ...process.env, ...told, ...downward });
    });

    test('is ready by what the operator tells it', async () => {
      await until('readiness', async () => (await fetch(`${HEALTH}/ready`)).status === 200, 20_000);
      await started().line(({ msg }) => msg.startsWith('configuration of stunner/stunner-gateway in force'));
    }, 30_000);

    (POD === undefined ? test.skip : test)('relays', async () => {
      expect(await site.call()).toBe('lossless');
    });

    (POD === undefined ? test.skip : test)(
      'follows routes and credentials within two seconds, and a running session goes on',
      async () => {
        const running = site.call('-n', '400', '-z', '20');
        await new Promise(resolve => setTimeout(resolve, 1000));
        const since = started().lines.length;
        const { username } = STATIC_USER as { username: string };
        await site.apply(secret('stunner', 'stunner-auth', { type: 'static', username, password: 'new' }) as Manifest);
        const inForce = (): boolean =>
          started()
            .lines.slice(since)
            .some(({ msg }) => msg.includes('in force'));
        expect(await until('new credentials', inForce, 5000)).toBeLessThan(2000);
        expect(await site.call()).not.toBe('lossless');
        expect(await running).toBe('lossless');
        await site.apply(...site.secrets);
        await until('the old credentials', async () => (await site.call()) === 'lossless', 20_000);

        const before = started().lines.length;
        await site.remove(site.object('UDPRoute'));
        await until(
          'no route',
          () =>
            started()
              .lines.slice(before)
              .some(({ msg }) => msg.includes(' 0 routes')),
          5000,
        );
        expect(await site.call()).toContain('403');
        await site.apply(site.object('UDPRoute'));
        await until('the route', async () => (await site.call()) === 'lossless', 20_000);
      },
      90_000,
    );

    (POD === undefined ? test.skip : test)(
      "survives the operator's restart",
      async () => {
        const running = site.call('-n', '300', '-z', '20');
        await operator.stop();
        expect(await running).toBe('lossless');
        expect((await fetch(`${HEALTH}/ready`)).status).toBe(200);
        operator = startOperator();
        await site.remove(site.object('UDPRoute'));
        await until('that it obeys again', async () => (await site.call()).includes('403'), 30_000);
      },
      90_000,
    );
  });
});
