import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { DestinationRule, toJson_DestinationRuleSpec } from '../../imports/networking.istio.io';
import {
  AuthorizationPolicy,
  AuthorizationPolicySpecAction,
  PeerAuthentication,
  PeerAuthenticationSpecMtlsMode,
  PeerAuthenticationSpecPortLevelMtlsMode,
  toJson_AuthorizationPolicySpec,
  toJson_PeerAuthenticationSpec,
} from '../../imports/security.istio.io';
import { MediaServer } from '../media/media-server';
import { apiObject } from '../private/api-object';
import { complaint, reject } from '../private/errors';
import { label1123 } from '../private/names';
import { networkPolicy, podsOf } from '../private/network-policy';
import { MeshMode } from './mesh-mode';

const ISTIO_NAMESPACE = 'istio-system';
const CONTROL_PLANE_PORT = 15012;
const HBONE_PORT = 15008;
/** Ports that the mesh itself uses in a pod. */
const MESH_PORTS = { first: 15000, last: 15099 };

/** Properties of a `MediaMesh`. */
export interface MediaMeshProps {
  /** The media server whose signalling joins the mesh. */
  readonly server: MediaServer;

  /** How its pods are put into the mesh. */
  readonly mode: MeshMode;

  /**
   * Who may use the signalling ports, as SPIFFE principals without scheme, such as `cluster.local/ns/ingress/sa/gateway`
   * (AuthorizationPolicy `rules[].from[].source.principals`). Everybody else is refused, over TCP.
   *
   * @default - whoever is in the mesh
   */
  readonly principals?: string[];

  /**
   * Namespaces that may use the signalling ports whoever they are, such as that of the monitoring.
   *
   * @default - none
   */
  readonly namespaces?: string[];

  /**
   * TCP ports of the pods that take plain text too, because the relay or clients come from outside the mesh: ICE over TCP
   * (PeerAuthentication `portLevelMtls`).
   *
   * @default - none: mutual TLS everywhere
   */
  readonly plaintextPorts?: number[];

  /**
   * Region that signalling must not leave (DestinationRule `localityLbSetting.distribute`). A sidecar holds to it; in ambient
   * mode nothing would.
   *
   * @default - any region
   */
  readonly region?: string;
}

/**
 * A media server in Istio's mesh, with mutual TLS and authorization for its signalling. Media is UDP and not the mesh's: NetworkPolicies
 * fence it, DTLS-SRTP encrypts it.
 */
export class MediaMesh extends Construct {
  /** Mutual TLS, port by port. */
  public readonly peerAuthentication: ApiObject;
  /** Who may signal; undefined if nobody is named. */
  public readonly authorizationPolicy?: ApiObject;
  /** The pin to a region; undefined without one. */
  public readonly destinationRule?: ApiObject;
  /** The ports of the mesh, which a default-deny namespace would close. */
  public readonly networkPolicy: ApiObject;

  public constructor(scope: Construct, id: string, props: MediaMeshProps) {
    super(scope, id);
    const { server, region } = props;
    this.checkPorts(server, props.plaintextPorts ?? []);
    if (region !== undefined && props.mode === MeshMode.AMBIENT) {
      const fix = 'use MeshMode.SIDECAR, or a cluster for each region';
      reject(complaint('nothing pins a region in ambient mode', region, 'no region', fix), this);
    }
    if (props.mode === MeshMode.SIDECAR) server._addPodLabel('sidecar.istio.io/inject', 'true');
    else server._addPodLabel('istio.io/dataplane-mode', 'ambient');

    this.peerAuthentication = this.renderPeerAuthentication(props);
    if (props.principals !== undefined || props.namespaces !== undefined) {
      this.authorizationPolicy = this.renderAuthorization(props);
    }
    if (region !== undefined) this.destinationRule = this.renderRegionPin(server, label1123('region', region, this));
    this.networkPolicy = this.renderNetworkPolicy(server, props.mode);
  }

  private checkPorts(server: MediaServer, plaintextPorts: number[]): void {
    const { first, last } = server.rtpPorts;
    if (first <= MESH_PORTS.last && last >= MESH_PORTS.first) {
      const allowed = `ports outside ${MESH_PORTS.first}-${MESH_PORTS.last}, which the mesh uses`;
      reject(complaint('RTP ports overlap the mesh', `${first}-${last}`, allowed, 'move the range'), this);
    }
    for (const port of plaintextPorts) {
      if (Number.isInteger(port) && port >= 1 && port <= 65535) continue;
      reject(complaint('port is out of range', port, 'a whole number from 1 to 65535', 'correct the port'), this);
    }
  }

  private renderPeerAuthentication({ server, plaintextPorts = [] }: MediaMeshProps): ApiObject {
    const permissive = { mode: PeerAuthenticationSpecPortLevelMtlsMode.PERMISSIVE };
    const ports = [...new Set(plaintextPorts)].map(port => [String(port), permissive] as const);
    return apiObject(this, 'Resource', PeerAuthentication.GVK, {
      name: server.serverName,
      namespace: server.serverNamespace,
      spec: () =>
        toJson_PeerAuthenticationSpec({
          selector: { matchLabels: { ...server.podSelector } },
          mtls: { mode: PeerAuthenticationSpecMtlsMode.STRICT },
          portLevelMtls: ports.length > 0 ? Object.fromEntries(ports) : undefined,
        }),
    });
  }

  /** Ports and identities only, which ztunnel enforces as well as a sidecar does. */
  private renderAuthorization({ server, principals = [], namespaces = [] }: MediaMeshProps): ApiObject {
    const from = [
      ...(principals.length > 0 ? [{ source: { principals } }] : []),
      ...(namespaces.length > 0 ? [{ source: { namespaces } }] : []),
    ];
    return apiObject(this, 'AuthorizationPolicy', AuthorizationPolicy.GVK, {
      name: server.serverName,
      namespace: server.serverNamespace,
      spec: () =>
        toJson_AuthorizationPolicySpec({
          selector: { matchLabels: { ...server.podSelector } },
          action: AuthorizationPolicySpecAction.ALLOW,
          rules: from.length > 0 ? [{ from, to: [{ operation: { ports: server.ports.map(String) } }] }] : undefined,
        }),
    });
  }

  private renderRegionPin(server: MediaServer, region: string): ApiObject {
    const here = `${region}/*`;
    return apiObject(this, 'DestinationRule', DestinationRule.GVK, {
      name: server.serverName,
      namespace: server.serverNamespace,
      spec: () =>
        toJson_DestinationRuleSpec({
          host: `${server.serverName}.${server.serverNamespace}.svc.cluster.local`,
          trafficPolicy: {
            loadBalancer: { localityLbSetting: { enabled: true, distribute: [{ from: here, to: { [here]: 100 } }] } },
            // Without it, Istio passes over the locality settings.
            outlierDetection: { consecutive5XxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
          },
        }),
    });
  }

  private renderNetworkPolicy(server: MediaServer, mode: MeshMode): ApiObject {
    const ambient = mode === MeshMode.AMBIENT;
    return networkPolicy(this, 'NetworkPolicy', {
      name: `${server.serverName}.mesh`,
      namespace: server.serverNamespace,
      pods: () => ({ matchLabels: server.podSelector }),
      ingress: () => [
        // In ambient mode, and from it, every TCP connection arrives at this port.
        {
          ports: [{ protocol: 'TCP', port: HBONE_PORT }],
          peers: [...server.signallingNamespaces].sort().map(namespace => podsOf(namespace)),
        },
      ],
      egress: ambient
        ? undefined
        : () => [{ ports: [{ protocol: 'TCP', port: CONTROL_PLANE_PORT }], peers: [podsOf(ISTIO_NAMESPACE)] }],
    });
  }
}
