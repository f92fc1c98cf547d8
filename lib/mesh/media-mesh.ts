import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { MediaServer } from '../media/media-server';
import { complaint, reject } from '../private/errors';
import {
  AMBIENT_PROBES,
  authorizationPolicy,
  CONTROL_PLANE_PORT,
  HBONE_PORT,
  ISTIO_NAMESPACE,
  MESH_PORTS,
  peerAuthentication,
  regionPin,
  sidecar,
  silentTelemetry,
} from '../private/istio';
import { label1123 } from '../private/names';
import { addresses, networkPolicy, podsOf } from '../private/network-policy';
import { MeshMode } from './mesh-mode';

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

  /**
   * Hosts of the mesh that the sidecar is told of, as `<namespace>/<host>` (Sidecar `egress[].hosts`): it needs less memory than
   * one that knows all. In ambient mode it would do nothing.
   *
   * @default - all hosts
   */
  readonly egressHosts?: string[];

  /**
   * Whether the sidecar logs requests (Telemetry `accessLogging`). Of a WebSocket it logs the end. In ambient mode the setting
   * would do nothing.
   *
   * @default - as the mesh does
   */
  readonly accessLog?: boolean;
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
  /** What of the mesh the sidecar knows; undefined if it knows all. */
  public readonly sidecar?: ApiObject;
  /** What the sidecar logs; undefined if it does as the mesh does. */
  public readonly telemetry?: ApiObject;
  /** The ports of the mesh, which a default-deny namespace would close. */
  public readonly networkPolicy: ApiObject;

  public constructor(scope: Construct, id: string, props: MediaMeshProps) {
    super(scope, id);
    const { server, mode, region, egressHosts } = props;
    this.checkPorts(server, props.plaintextPorts ?? []);
    this.checkMode(props);
    egressHosts?.forEach(host => this.checkHost(host));
    if (mode === MeshMode.SIDECAR) server._addPodLabel('sidecar.istio.io/inject', 'true');
    else server._addPodLabel('istio.io/dataplane-mode', 'ambient');

    this.peerAuthentication = peerAuthentication(this, server, props.plaintextPorts ?? []);
    if (props.principals !== undefined || props.namespaces !== undefined) {
      const { principals = [], namespaces = [] } = props;
      this.authorizationPolicy = authorizationPolicy(this, server, server.ports, { principals, namespaces });
    }
    if (region !== undefined) this.destinationRule = regionPin(this, server, label1123('region', region, this));
    if (egressHosts !== undefined) this.sidecar = sidecar(this, server, egressHosts);
    if (props.accessLog === false) this.telemetry = silentTelemetry(this, server);
    this.networkPolicy = this.renderNetworkPolicy(server, mode);
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

  /** A setting that nothing would hold to is worse than none. */
  private checkMode({ mode, region, egressHosts, accessLog }: MediaMeshProps): void {
    if (mode === MeshMode.SIDECAR) return;
    if (region !== undefined) {
      const fix = 'use MeshMode.SIDECAR, or a cluster for each region';
      reject(complaint('nothing pins a region in ambient mode', region, 'no region', fix), this);
    }
    const ofSidecars = {
      egressHosts: egressHosts?.join(', '),
      accessLog: accessLog === undefined ? undefined : String(accessLog),
    };
    for (const [prop, value] of Object.entries(ofSidecars)) {
      if (value === undefined) continue;
      const fix = 'use MeshMode.SIDECAR, or leave it out';
      reject(complaint(`"${prop}" does nothing in ambient mode`, value, 'nothing', fix), this);
    }
  }

  private checkHost(host: string): void {
    if (/^(\.|~|\*|[a-z0-9-]+)\/(\*|(\*\.)?[a-z0-9.-]+)$/.test(host)) return;
    const allowed = '<namespace>/<host>, where a namespace may be "." and a host may begin with "*"';
    reject(complaint('egress host is not valid', host, allowed, 'write it like "./*" or "istio-system/*"'), this);
  }

  private renderNetworkPolicy(server: MediaServer, mode: MeshMode): ApiObject {
    const ambient = mode === MeshMode.AMBIENT;
    const ports = server.ports.map(port => ({ protocol: 'TCP', port }) as const);
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
        ...(ambient ? [{ ports, peers: [addresses(AMBIENT_PROBES)] }] : []),
      ],
      egress: ambient
        ? undefined
        : () => [{ ports: [{ protocol: 'TCP', port: CONTROL_PLANE_PORT }], peers: [podsOf(ISTIO_NAMESPACE)] }],
    });
  }
}
