import { DISCOVERY_PORT, HEALTH_PORT, METRICS_PORT } from '../private/contract';
import { ContainerPort } from '../private/container-ports';

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
