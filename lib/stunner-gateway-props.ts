import { StunnerGatewayOptions } from './stunner-gateway-options';

/** Properties of a `StunnerGateway`. */
export interface StunnerGatewayProps extends StunnerGatewayOptions {
  /**
   * Name of the Gateway and of its Service and Deployment. RFC 1035 label. A renamed Gateway loses its public IP address.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of Gateway and GatewayConfig.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;

  /**
   * Name of the cluster-scoped GatewayClass. RFC 1123 label.
   *
   * @default - the name of the Gateway followed by `-class`
   */
  readonly gatewayClassName?: string;

  /**
   * Name of the GatewayConfig. RFC 1123 label.
   *
   * @default - the name of the Gateway followed by `-config`
   */
  readonly gatewayConfigName?: string;

  /**
   * DNS name at which clients reach the Gateway; written into the TURN URIs, and onto the load balancer for external-dns.
   *
   * @default - none, and `turnUris()` is not available
   */
  readonly hostname?: string;

  /**
   * Static address to ask of the load balancer, or the known one where there is none (Gateway `spec.addresses[0]`).
   *
   * @default - assigned by the cloud
   */
  readonly address?: string;

  /**
   * Namespaces whose routes may attach (Gateway `listeners[].allowedRoutes`), matched by the label
   * `kubernetes.io/metadata.name`, which the API server sets and no tenant can forge.
   *
   * @default - the namespace of the Gateway only
   */
  readonly routeNamespaces?: string[];

  /**
   * DNS names that certificates issued for the Gateway hold beside `hostname`: a name that leads to it by other ways.
   *
   * @default - none
   */
  readonly certificateNames?: string[];
}
