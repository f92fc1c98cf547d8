import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { SYNC_POLICY } from '../private/argo-sync-policy';
import { complaint, reject } from '../private/errors';
import { label1123 } from '../private/names';
import { RegionalStunner } from '../regional-stunner';
import { ArgoProject } from './argo-project';

const APPLICATION_SET = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet' };

/** Properties of an `ArgoDelivery`. */
export interface ArgoDeliveryProps {
  /** What is delivered: its regions and tenants. */
  readonly stunner: RegionalStunner;

  /** URL of the Git repository that holds the rendered tree. */
  readonly repoUrl: string;

  /**
   * Folder of the tree in the repository.
   *
   * @default "dist"
   */
  readonly path?: string;

  /**
   * Branch, tag or commit.
   *
   * @default "HEAD"
   */
  readonly revision?: string;

  /**
   * Region to the name of its cluster, as Argo CD knows it.
   *
   * @default - the name of the region
   */
  readonly clusters?: Readonly<Record<string, string>>;

  /**
   * What the names of ApplicationSet, Applications and AppProjects begin with.
   *
   * @default - the id of the construct
   */
  readonly name?: string;
}

/**
 * Argo CD for the whole tree: an AppProject for the platform and one for each tenant, and an ApplicationSet with an Application for each
 * folder. Regions are rolled out one after the other. An Application that goes leaves its objects: losing a load balancer by accident
 * loses a public address.
 */
export class ArgoDelivery extends Construct {
  /** The ApplicationSet. */
  public readonly applicationSet: ApiObject;
  /** The project of the platform, then those of the tenants. */
  public readonly projects: ArgoProject[];

  public constructor(scope: Construct, id: string, props: ArgoDeliveryProps) {
    super(scope, id);
    const name = label1123('ApplicationSet name', props.name ?? id, this);
    const { stunner, clusters = {} } = props;
    const regions = stunner.regions.map(({ region }) => region.name);
    for (const region of Object.keys(clusters)) {
      if (regions.includes(region)) continue;
      reject(complaint('no such region', region, `one of ${regions.join(', ')}`, 'correct "clusters"'), this);
    }
    const clusterOf = (region: string) => clusters[region] ?? region;
    this.projects = this.renderProjects(name, props, regions.map(clusterOf));
    this.applicationSet = apiObject(this, 'Resource', APPLICATION_SET, {
      name,
      namespace: Chart.of(this).namespace ?? 'argocd',
      spec: () => applicationSet(name, props, regions, clusterOf),
    });
  }

  private renderProjects(prefix: string, { stunner, repoUrl }: ArgoDeliveryProps, clusters: string[]): ArgoProject[] {
    const tenants = stunner.tenants;
    const [{ gateway, isolation }] = stunner.regions as [RegionalStunner['regions'][number]];
    const own = [gateway.gatewayNamespace, ...(isolation.isStrict ? [isolation.operatorNamespace] : [])];
    const platform = new ArgoProject(this, 'platform', {
      name: `${prefix}-platform`,
      repoUrls: [repoUrl],
      namespaces: [...own, ...tenants.map(({ namespace }) => namespace)],
      clusters,
      platform: true,
    });
    const bounded = tenants.map(({ name, namespace }) => {
      return new ArgoProject(this, `tenant-${name}`, {
        name: `${prefix}-${name}`,
        repoUrls: [repoUrl],
        namespaces: [namespace],
        clusters,
      });
    });
    return [platform, ...bounded];
  }
}

/** The folders are listed rather than searched for, so that nobody deploys by adding a folder. */
function applicationSet(
  name: string,
  { stunner, repoUrl, path = 'dist', revision = 'HEAD' }: ArgoDeliveryProps,
  regions: string[],
  clusterOf: (region: string) => string,
): object {
  const folders = ['platform', ...stunner.tenants.map(tenant => tenant.name).sort()];
  return {
    goTemplate: true,
    goTemplateOptions: ['missingkey=error'],
    generators: [
      {
        list: {
          elements: regions.flatMap(region => folders.map(folder => ({ region, folder, cluster: clusterOf(region) }))),
        },
      },
    ],
    strategy: {
      type: 'RollingSync',
      rollingSync: {
        steps: regions.map(region => ({ matchExpressions: [{ key: 'region', operator: 'In', values: [region] }] })),
      },
    },
    syncPolicy: { applicationsSync: 'create-update', preserveResourcesOnDeletion: true },
    template: {
      metadata: { name: `${name}-{{ .region }}-{{ .folder }}`, labels: { region: '{{ .region }}' } },
      spec: {
        project: `${name}-{{ .folder }}`,
        source: { repoURL: repoUrl, path: `${path}/{{ .region }}/{{ .folder }}`, targetRevision: revision },
        destination: { name: '{{ .cluster }}' },
        syncPolicy: SYNC_POLICY,
      },
    },
  };
}
