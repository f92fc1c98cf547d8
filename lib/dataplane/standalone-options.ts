import { RelayMesh } from '../mesh/relay-mesh';
import { RelayImage } from './relay-image';
import { RelayScaling } from './relay-scaling';

/** How the relay runs without an operator. */
export interface StandaloneDataplaneOptions {
  /**
   * Container image.
   *
   * @default - the relay of this project, in the version of this library
   */
  readonly image?: RelayImage;

  /**
   * Whether UDPRoutes of Gateway API itself (`gateway.networking.k8s.io`) are served beside STUNner's, which all routes of
   * this library are. Such a route opens all ports of its backends, whatever port it names; one of STUNner's with the same
   * namespace and name goes before it.
   *
   * @default false
   */
  readonly gatewayApiRoutes?: boolean;

  /**
   * Number of pods. Not with `scaling` or `onEveryNode`.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Changes the number of pods with their load.
   *
   * @default - a fixed number
   */
  readonly scaling?: RelayScaling;

  /**
   * One pod on every node (DaemonSet), as the host network demands it.
   *
   * @default false
   */
  readonly onEveryNode?: boolean;

  /**
   * Whether the pods are in a service mesh.
   *
   * @default RelayMesh.outside()
   */
  readonly mesh?: RelayMesh;

  /**
   * CPU request as a Kubernetes quantity. There is no CPU limit, for throttling delays packets.
   *
   * @default "500m"
   */
  readonly cpuRequest?: string;

  /**
   * Memory request as a Kubernetes quantity.
   *
   * @default "256Mi"
   */
  readonly memoryRequest?: string;

  /**
   * Memory limit as a Kubernetes quantity.
   *
   * @default "1Gi"
   */
  readonly memoryLimit?: string;

  /**
   * Labels of the nodes that the pods may be on (`nodeSelector`), such as those with a public address.
   *
   * @default - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;

  /**
   * PriorityClass of the pods (`priorityClassName`), so that media goes before what can wait.
   *
   * @default - that of the cluster
   */
  readonly priorityClassName?: string;

  /**
   * Labels added to the pods.
   *
   * @default - none
   */
  readonly podLabels?: Readonly<Record<string, string>>;

  /**
   * IP families of the Service, `IPv4` and `IPv6` in the order of preference (Service `spec.ipFamilies`).
   *
   * @default - that of the cluster
   */
  readonly ipFamilies?: string[];

  /**
   * CIDR prefixes of the clients that the load balancer lets in (Service `spec.loadBalancerSourceRanges`).
   *
   * @default - everybody
   */
  readonly sourceRanges?: string[];

  /**
   * Whether all connections of a client address go to one pod (Service `spec.sessionAffinity`). Many clients share an address.
   *
   * @default false
   */
  readonly clientIpAffinity?: boolean;
}
