import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dataplane } from 'cdk8s-stunner';
import { ClusterSource } from '../../relay/src/config/cluster/cluster-source';
import { KubeApi } from '../../relay/src/config/cluster/kube-api';
import type { ConfigProblem } from '../../relay/src/config/config-source';
import { ManifestsSource } from '../../relay/src/config/manifests-source';
import type { RelayConfig } from '../../relay/src/config/relay-config';
import { Endpoint } from '../../relay/src/net/endpoint';
import { PeerPolicy } from '../../relay/src/peer/peer-policy';
import { controlPlaneAssets } from './assets';
import { ClusterSite, GATEWAY, type Manifest, until } from './cluster-site';
import { install } from './definitions';
import { routeDefinition } from './gateway-api-route';
import { CASES, PEERS } from './same-objects';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: the same objects in a folder and in a cluster need ${assets}`);

/** What a source has delivered last. */
class Delivered {
  config: RelayConfig | undefined;
  warnings: readonly string[] = [];

  readonly listener = {
    config: (config: RelayConfig, warnings: readonly ConfigProblem[]) => {
      this.config = config;
      // Files are named by one of the two only.
      this.warnings = warnings.map(({ object, field, message }) => `${object}: ${field}: ${message}`);
    },
    problems: (problems: readonly ConfigProblem[]) => {
      throw new Error(JSON.stringify(problems));
    },
  };
}

async function fromFolder(objects: readonly Manifest[]): Promise<Delivered> {
  const folder = mkdtempSync(join(tmpdir(), 'same-objects-'));
  const delivered = new Delivered();
  try {
    writeFileSync(join(folder, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await new ManifestsSource({ ...OPTIONS, paths: [folder], watch: false }).start(delivered.listener);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return delivered;
}

const OPTIONS = { gateway: GATEWAY, gatewayApiRoutes: true, healthEndpoint: '', metricsEndpoint: '' };
const keyOf = ({ apiVersion, kind, metadata }: Manifest): string =>
  `${apiVersion} ${kind} ${metadata.namespace}/${metadata.name}`;

(typeof assets === 'string' ? describe.skip : describe)('the same objects in a folder and in a cluster', () => {
  let site: ClusterSite;
  let source: ClusterSource;
  const delivered = new Delivered();
  const applied: Manifest[] = [];

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets, Dataplane.standalone({ gatewayApiRoutes: true }));
    await install(site.plane, [routeDefinition('v1')]);
    const token = await site.token();
    const api = new KubeApi(site.plane.connection(token));
    source = new ClusterSource({ ...OPTIONS, api });
    await source.start(delivered.listener);
  }, 120_000);
  afterEach(async () => {
    await site.remove(...applied.splice(0).filter(({ kind }) => kind !== 'Namespace'));
  });
  afterAll(async () => {
    await source.close();
    await site.stop();
  });

  test.each(CASES)('$name: one configuration, and the decisions that follow from it', async ({ objects, reached }) => {
    applied.push(...objects);
    await site.apply(...objects);
    const standing = [...site.rendered, ...site.secrets, ...site.media()];
    const folder = await fromFolder([...new Map([...standing, ...objects].map(each => [keyOf(each), each])).values()]);
    const told = ({ config, warnings }: Delivered): string => JSON.stringify([config, warnings]);
    const isSame = (): boolean => told(delivered) === told(folder);
    await until('the cluster comes to the same', isSame).catch(() => undefined);
    expect(delivered.config).toEqual(folder.config);
    expect(delivered.warnings).toEqual(folder.warnings);

    const { listeners, clusters } = delivered.config!;
    const policy = PeerPolicy.compile(listeners[0]!, clusters);
    const allowed = PEERS.filter(peer => policy.authorizePeer({ kind: 'gateway' }, Endpoint.of(peer)).allowed);
    expect(allowed).toEqual(reached);
  });
});
