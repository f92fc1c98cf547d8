import type { Host } from './host';
import { PORTS } from './gateway-manifests';

/** `externalTrafficPolicy`: whether pods see the node for the client, or the client. */
export type TrafficPolicy = 'Cluster' | 'Local';

const CLUSTER: readonly string[] = ['type nat hook postrouting priority srcnat', 'ct status dnat masquerade'];

/**
 * A Service of the type LoadBalancer as kube-proxy writes it on a node: the destination of new flows is one of the
 * endpoints in turn; connection tracking keeps each flow where it is.
 */
export class Service {
  private endpoints: readonly string[] = [];

  /** @param outside the node's interface towards clients; they reach pods by the Service only */
  constructor(
    private readonly node: Host,
    private readonly address: string,
    private readonly policy: TrafficPolicy,
    private readonly outside: string,
  ) {}

  /** Sends new flows to these pods. The flows of one that is no longer among them go on, while it drains. */
  select(endpoints: readonly string[]): void {
    this.endpoints = endpoints;
    const choice = endpoints.map((endpoint, i) => `${i} : ${endpoint}`).join(', ');
    const to = `dnat ip to numgen inc mod ${endpoints.length} map { ${choice} }`;
    this.node.table('service', {
      in: [
        'type nat hook prerouting priority dstnat',
        `ip daddr ${this.address} udp dport ${PORTS.udp} ${to}`,
        `ip daddr ${this.address} tcp dport { ${PORTS.tcp}, ${PORTS.tls} } ${to}`,
      ],
      out: this.policy === 'Cluster' ? CLUSTER : [],
      through: [
        'type filter hook forward priority filter',
        'ct state established accept',
        `iifname "${this.outside}" ct status & dnat == 0 drop`,
      ],
    });
  }

  /** An endpoint is gone, and with it what connection tracking knows of its UDP flows. */
  remove(endpoint: string): void {
    this.select(this.endpoints.filter(each => each !== endpoint));
    this.node.run('sh', ['-c', 'conntrack -D -p udp -r "$0" >/dev/null 2>&1 || true', endpoint]);
  }
}
