import type { Browser } from './browser';
import { PORTS } from './gateway-manifests';
import type { Host } from './host';
import type { Janus } from './janus';
import { Platform } from './platform';
import type { RelayPod } from './relay-pod';
import { Service, type TrafficPolicy } from './service';

export const CLIENT = '10.77.1.2';
const ROUTER = '10.77.1.1';
const MEDIA = '10.77.2.2';

/** A node as clients see it, as the other node does, and the pod on it that may have a relay. */
export const NODES = [
  { outside: '10.77.21.1', inside: '10.77.20.1', pod: '10.77.11.2' },
  { outside: '10.77.22.1', inside: '10.77.20.2', pod: '10.77.12.2' },
] as const;

export type Place = 0 | 1;

export function nodeUri(place: Place): string {
  return `turn:${NODES[place].outside}:${PORTS.udp}?transport=udp`;
}

/** client — router — two nodes, which a link joins; a pod behind each for a relay, and the media server behind the first. */
export interface NodesSite {
  readonly platform: Platform;
  readonly browser: Browser;
  readonly janus: Janus;
  /** One Service, as each of the nodes has it. */
  readonly services: readonly [Service, Service];
  readonly pods: readonly [Host, Host];
  readonly relays: readonly [RelayPod, RelayPod];
}

export async function startNodesSite(policy: TrafficPolicy): Promise<NodesSite> {
  const platform = new Platform(
    NODES.map(({ outside }) => outside),
    MEDIA,
  );
  try {
    const { network } = platform;
    const [client, router] = [network.host('client'), network.host('router', { forwards: true })];
    network.join(client, `eth0 ${CLIENT}/24`, router, `lan ${ROUTER}/24`);
    client.route('default', ROUTER);

    const nodes = NODES.map(({ outside }, place) => {
      const node = network.host(`node${place}`, { forwards: true });
      const way = beside(outside, 254);
      network.join(router, `wan${place} ${way}/24`, node, `outside ${outside}/24`);
      node.route('default', way);
      return node;
    }) as [Host, Host];
    const behind = (node: Host, name: string, address: string): Host => {
      const host = network.host(name);
      const gateway = beside(address, 1);
      network.join(host, `eth0 ${address}/24`, node, `${name} ${gateway}/24`);
      host.route('default', gateway);
      return host;
    };
    const media = behind(nodes[0], 'media', MEDIA);
    const pods = NODES.map(({ pod }, place) => behind(nodes[place]!, `relay${place}`, pod)) as [Host, Host];

    const [one, other] = NODES;
    network.join(nodes[0], `inside ${one.inside}/24`, nodes[1], `inside ${other.inside}/24`);
    for (const address of [one.pod, MEDIA]) nodes[1].route(`${beside(address, 0)}/24`, one.inside);
    nodes[0].route(`${beside(other.pod, 0)}/24`, other.inside);

    const services = NODES.map(
      ({ outside, pod }, place) => new Service(nodes[place]!, outside, policy, 'outside', [pod]),
    ) as [Service, Service];
    const janus = await platform.janus(media);
    const relays = [await platform.relay(pods[0], one.pod), await platform.relay(pods[1], other.pod)] as const;
    return { platform, browser: await platform.browser(client), janus, services, pods, relays };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

/** Another address of the same /24. */
function beside(address: string, last: number): string {
  return address.replace(/\d+$/, `${last}`);
}
