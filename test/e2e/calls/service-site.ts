import type { Browser } from './browser';
import type { Host } from './host';
import type { Janus } from './janus';
import { PORTS } from './gateway-manifests';
import { Platform } from './platform';
import type { RelayPod } from './relay-pod';
import { Service, type TrafficPolicy } from './service';

export const CLIENT = '10.77.1.2';
const SERVICE = '10.77.1.1';
const MEDIA = '10.77.2.2';
/** Addresses of the relays' pods. */
export const PODS = ['10.77.11.2', '10.77.12.2'] as const;

export const SERVICE_URI = `turn:${SERVICE}:${PORTS.udp}?transport=udp`;

/** client — node — two relays and the media server, each of them a pod behind the node, which routes between them. */
export interface ServiceSite {
  readonly platform: Platform;
  readonly browser: Browser;
  readonly janus: Janus;
  readonly service: Service;
  readonly hosts: readonly [Host, Host];
  /** Starts a relay in the place of a pod. */
  startRelay(place: 0 | 1): Promise<RelayPod>;
}

export async function startServiceSite(policy: TrafficPolicy): Promise<ServiceSite> {
  const platform = new Platform([SERVICE], MEDIA);
  try {
    const { network } = platform;
    const [client, node] = [network.host('client'), network.host('node', { forwards: true })];
    network.join(client, `eth0 ${CLIENT}/24`, node, `outside ${SERVICE}/24`);
    const pod = (name: string, address: string): Host => {
      const host = network.host(name);
      const gateway = address.replace(/\d+$/, '1');
      network.join(host, `eth0 ${address}/24`, node, `${name} ${gateway}/24`);
      host.route('default', gateway);
      return host;
    };
    const media = pod('media', MEDIA);
    const hosts = [pod('relay0', PODS[0]), pod('relay1', PODS[1])] as const;
    const janus = await platform.janus(media);
    const browser = await platform.browser(client);
    const service = new Service(node, SERVICE, policy, 'outside', PODS);
    return {
      platform,
      browser,
      janus,
      service,
      hosts,
      startRelay: place => platform.relay(hosts[place], PODS[place]),
    };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}
