import { ApiObjectMetadataDefinition } from 'cdk8s';

/** A Service that some construct renders. A `Service` of cdk8s-plus fits as it is, and so does an `ApiObject`. */
export interface IMediaService {
  /** Name of the Service (`metadata.name`). */
  readonly name: string;

  /** Metadata of the Service, of which the namespace counts. */
  readonly metadata: ApiObjectMetadataDefinition;

  /**
   * Service `spec.clusterIP`, where it is known.
   *
   * @default - not known
   */
  readonly clusterIP?: string;
}

/** Pods that some construct renders. A `Deployment`, `StatefulSet` or `DaemonSet` of cdk8s-plus fits as it is. */
export interface IMediaWorkload {
  /** Name of the workload (`metadata.name`). */
  readonly name: string;

  /** Metadata of the workload, of which the namespace counts. */
  readonly metadata: ApiObjectMetadataDefinition;

  /** Labels that select its pods. */
  readonly matchLabels: Record<string, string>;
}
