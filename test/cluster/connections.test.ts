import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { secret } from '../../examples/demo/overlay';
import { controlPlaneAssets } from './assets';
import { ClusterSite, type Manifest, until } from './cluster-site';
import { TOKEN } from './control-plane';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: the connections of a relay need ${assets}`);

const TENANTS = 1000;
/** Streams that kube-apiserver lets share a connection. */
const STREAMS = 100;

(typeof assets === 'string' ? describe.skip : describe)(`${TENANTS} tenants with a Secret each`, () => {
  let site: ClusterSite;

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets);
    // The rendered rights are to the rendered Secrets.
    await site.kubeconfig(TOKEN);
    const jobs = Array.from({ length: TENANTS }, (_, i) => objectsOf(i)).flat();
    const worker = async (): Promise<void> => {
      for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
        const { status, body } = await site.plane.call('POST', ...job);
        if (status !== 201) throw new Error(`${job[0]}: ${String(body.message)}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  }, 180_000);
  afterAll(() => site.stop());

  test('are watched over as few connections as the API server has room for', async () => {
    const relay = await site.relay();
    const took = await until('ready', async () => (await fetch(`${relay.health}/ready`)).status === 200, 90_000);
    const port = Number(new URL(site.plane.connection().server).port);
    const connections = connectionsOf(relay.pid, port);
    console.info(`ready after ${Math.round(took)} ms: ${connections} connections, ${megabytes(relay.pid)} MB resident`);
    expect(connections).toBeGreaterThan(1);
    expect(connections).toBeLessThanOrEqual(Math.ceil((TENANTS + 20) / STREAMS) + 1);

    const seen = (): number => relay.lines.filter(({ msg }) => msg.includes('in force')).length;
    const before = seen();
    await site.apply(secretOf(TENANTS - 1, 'changed'));
    expect(await until('the last Secret is followed', () => seen() > before, 10_000)).toBeLessThan(2000);
  }, 120_000);
});

function secretOf(i: number, password: string): Manifest {
  return secret('acme', `tenant-${i}`, { type: 'static', username: `user-${i}`, password }) as unknown as Manifest;
}

function objectsOf(i: number): readonly [path: string, object: object][] {
  const annotations = { 'cdk8s-stunner.dev/auth-ref': `tenant-${i}` };
  const route = {
    apiVersion: 'stunner.l7mp.io/v1',
    kind: 'UDPRoute',
    metadata: { name: `tenant-${i}`, namespace: 'acme', annotations },
    spec: {
      parentRefs: [{ name: 'stunner-gateway', namespace: 'stunner' }],
      rules: [{ backendRefs: [{ name: 'media' }] }],
    },
  };
  return [
    ['/api/v1/namespaces/acme/secrets', secretOf(i, 'first')],
    ['/apis/stunner.l7mp.io/v1/namespaces/acme/udproutes', route],
  ];
}

/** Of a process, the TCP connections to a port. */
function connectionsOf(pid: number, port: number): number {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map(fd => inodeOf(`/proc/${pid}/fd/${fd}`)));
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6']
    .flatMap(family => readFileSync(`/proc/net/${family}`, 'utf8').trim().split('\n').slice(1))
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[2]!.endsWith(remote) && fields[3] === '01' && sockets.has(fields[9])).length;
}

function inodeOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    return undefined;
  }
}

function megabytes(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}
