import { DISCOVERY_PORT, HEALTH_PORT, METRICS_PORT } from '../private/contract';
import { ContainerPort } from '../private/container-ports';
import { complaint } from '../private/errors';
import { CONTROL_PLANE_PORT, HBONE_PORT, ISTIO_NAMESPACE, MESH_PORTS } from '../private/istio';
import { podsOf, PolicyRule } from '../private/network-policy';

const TRAFFIC = 'traffic.sidecar.istio.io';
const AMBIENT = 'ambient.istio.io';

/** Whether the relay's pods are in a service mesh. Clients never are, and UDP passes any mesh by. */
export class RelayMesh {
  /** The pods stay out, which is what suits a relay. */
  public static outside(): RelayMesh {
    return new RelayMesh({ 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none' });
  }

  /** The pods have a sidecar, where policy demands one; clients, probes, scrapes and discovery go round it. */
  public static sidecar(): RelayMesh {
    return new RelayMesh({ 'sidecar.istio.io/inject': 'true' }, true);
  }

  /** The pods are in ambient mode for what they send; clients, probes and scrapes come in untouched. */
  public static ambient(): RelayMesh {
    const labels = { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'ambient' };
    return new RelayMesh(labels, false, {
      [`${AMBIENT}/bypass-inbound-capture`]: 'true',
      [`${AMBIENT}/dns-capture`]: 'false',
    });
  }

  private constructor(
    /** Labels of the pods. */
    public readonly podLabels: Readonly<Record<string, string>>,
    private readonly hasSidecar = false,
    private readonly annotations?: Readonly<Record<string, string>>,
  ) {}

  /**
   * What the pods must reach to be in the mesh: a sidecar its control plane, ztunnel the ztunnel of the operator.
   *
   * @internal
   */
  public _egress(operatorNamespace: string): PolicyRule[] {
    const rule = (port: number, namespace: string): PolicyRule => {
      return { ports: [{ protocol: 'TCP', port }], peers: [podsOf(namespace)] };
    };
    if (this.hasSidecar) return [rule(CONTROL_PLANE_PORT, ISTIO_NAMESPACE)];
    return this.annotations === undefined ? [] : [rule(HBONE_PORT, operatorNamespace)];
  }

  /**
   * Listeners at the ports of the mesh, where the pods are in one.
   *
   * @internal
   */
  public _complaints(ports: readonly ContainerPort[]): string[] {
    if (!this.hasSidecar && this.annotations === undefined) return [];
    const { first, last } = MESH_PORTS;
    const allowed = `ports outside ${first}-${last}, which the mesh uses`;
    return ports
      .filter(({ port }) => port >= first && port <= last)
      .map(({ port }) => complaint('listener port overlaps the mesh', port, allowed, 'move the listener'));
  }

  /**
   * Annotations of the pods, where there are any.
   *
   * @internal
   */
  public _podAnnotations(ports: readonly ContainerPort[]): Readonly<Record<string, string>> | undefined {
    if (!this.hasSidecar) return this.annotations;
    const listening = ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
    const inbound = [...new Set([...listening, METRICS_PORT, HEALTH_PORT])].sort((a, b) => a - b);
    return {
      [`${TRAFFIC}/excludeInboundPorts`]: inbound.join(','),
      [`${TRAFFIC}/excludeOutboundPorts`]: String(DISCOVERY_PORT),
    };
  }
}
