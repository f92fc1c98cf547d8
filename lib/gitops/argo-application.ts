import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Application, toJson_ApplicationSpec } from '../../imports/argoproj.io';
import { apiObject } from '../private/api-object';
import { SYNC_POLICY } from '../private/argo-sync-policy';
import { label1123 } from '../private/names';

/** Properties of an `ArgoApplication`. */
export interface ArgoApplicationProps {
  /** URL of the Git repository that holds the rendered tree. */
  readonly repoUrl: string;

  /** Folder of the repository, such as `rendered/eu-west-1/platform`. */
  readonly path: string;

  /**
   * Name of the cluster, as Argo CD knows it (Application `spec.destination.name`).
   *
   * @default "in-cluster"
   */
  readonly cluster?: string;

  /**
   * Branch, tag or commit (Application `spec.source.targetRevision`).
   *
   * @default "HEAD"
   */
  readonly revision?: string;

  /**
   * AppProject that bounds the application.
   *
   * @default "default"
   */
  readonly project?: string;

  /**
   * Name of the Application. RFC 1123 label.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of Argo CD.
   *
   * @default - the namespace of the chart, else `argocd`
   */
  readonly namespace?: string;
}

/** An Argo CD Application over one folder of the rendered tree, applied on the server's side and in sync waves. */
export class ArgoApplication extends Construct {
  /** The Application. */
  public readonly application: ApiObject;

  public constructor(scope: Construct, id: string, props: ArgoApplicationProps) {
    super(scope, id);
    const { repoUrl, path, cluster = 'in-cluster', revision = 'HEAD', project = 'default' } = props;
    this.application = apiObject(this, 'Resource', Application.GVK, {
      name: label1123('Application name', props.name ?? id, this),
      namespace: props.namespace ?? Chart.of(this).namespace ?? 'argocd',
      spec: () =>
        toJson_ApplicationSpec({
          project,
          source: { repoUrl, path, targetRevision: revision },
          destination: { name: cluster },
          syncPolicy: SYNC_POLICY,
        }),
    });
  }
}
