import type { Host } from './host';
import { PORTS } from './gateway-manifests';

/**
 * `externalTrafficPolicy`: whether a node sends clients on to any pod, which then sees the node in the client's place; or
 * to its own pods only, which see the client, and nowhere where it has none.
 */
export type TrafficPolicy = 'Cluster' | 'Local';

const CLUSTER: readonly string[] = ['type nat hook postrouting priority srcnat', 'ct status dnat masquerade'];

/**
 * A Service of the type LoadBalancer as kube-proxy writes it on a node: the destination of new flows is one of the
 * endpoints in turn; connection tracking keeps each flow where it is.
 */
export class Service {
  private endpoints: readonly string[] = [];

  /**
   * @param outside the node's interface towards clients; they reach pods by the Service only
   * @param own addresses of the pods that are on this node
   */
  constructor(
    private readonly node: Host,
    private readonly address: string,
    private readonly policy: TrafficPolicy,
    private readonly outside: string,
    private readonly own: readonly string[],
  ) {}

  /** Sends new flows to these pods. The flows of one that is no longer among them go on, while it drains. */
  select(endpoints: readonly string[]): void {
    this.endpoints = endpoints;
    const to = this.policy === 'Local' ? endpoints.filter(endpoint => this.own.includes(endpoint)) : endpoints;
    const choice = to.map((endpoint, i) => `${i} : ${endpoint}`).join(', ');
    const verdict = to.length === 0 ? 'counter drop' : `dnat ip to numgen inc mod ${to.length} map { ${choice} }`;
    this.node.table('service', {
      in: [
        'type nat hook prerouting priority dstnat',
        `ip daddr ${this.address} udp dport ${PORTS.udp} ${verdict}`,
        `ip daddr ${this.address} tcp dport { ${PORTS.tcp}, ${PORTS.tls} } ${verdict}`,
      ],
      out: this.policy === 'Cluster' ? CLUSTER : [],
      through: [
        'type filter hook forward priority filter',
        'ct state established accept',
        `iifname "${this.outside}" ct status & dnat == 0 drop`,
      ],
    });
  }

  /** Packets of clients that found no pod here. */
  get dropped(): number {
    const rules = this.node.run('nft', ['list', 'table', 'inet', 'service']);
    return [...rules.matchAll(/counter packets (\d+) bytes \d+ drop/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  }

  /** An endpoint is gone, and with it what connection tracking knows of its UDP flows. */
  remove(endpoint: string): void {
    this.select(this.endpoints.filter(each => each !== endpoint));
    this.node.run('sh', ['-c', 'conntrack -D -p udp -r "$0" >/dev/null 2>&1 || true', endpoint]);
  }
}
