import type { Credential } from '../auth/credential';
import type { Transport } from '../turn/flow';

/** Everything a relay needs to know, as plain data: whole and validated, never a delta. */
export interface RelayConfig {
  /** `<namespace>/<gateway>`. */
  readonly name: string;
  /** REALM (RFC 8489 14.9). */
  readonly realm: string;
  /** Log levels, `scope:LEVEL` separated by commas. */
  readonly logLevel: string;
  /** URL the health server listens at; off if absent. */
  readonly healthEndpoint?: string;
  /** URL the metrics server listens at; off if absent. */
  readonly metricsEndpoint?: string;
  /** Allocations of one user at the same time; 0 or absent: the relay's own limits. */
  readonly userQuota?: number;
  readonly credentials: readonly Credential[];
  readonly listeners: readonly ListenerConfig[];
  readonly clusters: readonly ClusterConfig[];
}

/** One listening address. */
export interface ListenerConfig {
  /** `<namespace>/<gateway>/<listener>`, unique. */
  readonly name: string;
  readonly transport: Transport;
  /** 1 to 65535; bound on every local address. */
  readonly port: number;
  /** Relayed address to advertise; unspecified means: one of this host's own. */
  readonly address: string;
  readonly publicAddress?: string;
  readonly publicPort?: number;
  /** PEM texts. Needed by tls and dtls: without it the listener is off, and the others run. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Names of clusters whose peers clients of this listener may reach. */
  readonly routes: readonly string[];
}

/** The peers behind one route. */
export interface ClusterConfig {
  /** `<namespace>/<route>`, unique. */
  readonly name: string;
  /** Tenant that owns the route. */
  readonly namespace: string;
  /** `<namespace>/<secret>` of the credential that alone reaches this route; absent: the gateway's own. */
  readonly credential?: string;
  readonly protocol: 'udp' | 'tcp';
  readonly peers: readonly PeerRange[];
  /** Host names whose addresses are peers too, looked up again and again; all ports. */
  readonly hostnames?: readonly string[];
}

/** Addresses and ports that a route opens. */
export interface PeerRange {
  /** CIDR prefix, such as `10.0.0.0/8`, or a single address. */
  readonly prefix: string;
  /** Inclusive bounds, 1 to 65535. */
  readonly minPort: number;
  readonly maxPort: number;
}
