import type { Browser } from './browser';
import { PORTS } from './gateway-manifests';
import type { Host } from './host';
import type { Janus } from './janus';
import { Platform } from './platform';
import type { RelayPod } from './relay-pod';

/** The relay as clients see it, and as peers do; the media server. */
export const RELAY = '10.77.1.1';
const RELAY6 = 'fd77:1::1';
export const RELAYED = '10.77.2.1';
export const MEDIA = '10.77.2.2';

/** URIs of the relay, by what carries them. */
export const URIS = {
  udp: `turn:${RELAY}:${PORTS.udp}?transport=udp`,
  tcp: `turn:${RELAY}:${PORTS.tcp}?transport=tcp`,
  tls: `turns:${RELAY}:${PORTS.tls}?transport=tcp`,
  ipv6: `turn:[${RELAY6}]:${PORTS.udp}?transport=udp`,
} as const;

/**
 * client — relay — media server. The relay's host does not forward, so there is no way but TURN, as in a cluster whose pods
 * have no public address.
 */
export interface Site {
  readonly platform: Platform;
  readonly client: Host;
  readonly browser: Browser;
  readonly relay: RelayPod;
  readonly media: Host;
  readonly janus: Janus;
}

export async function startSite(): Promise<Site> {
  const platform = new Platform([RELAY, RELAY6], MEDIA);
  try {
    const { network } = platform;
    const [client, server, media] = [network.host('client'), network.host('relay'), network.host('media')];
    network.join(client, 'eth0 10.77.1.2/24 fd77:1::2/64', server, `eth0 ${RELAY}/24 ${RELAY6}/64`);
    network.join(server, `eth1 ${RELAYED}/24`, media, `eth0 ${MEDIA}/24`);
    const janus = await platform.janus(media);
    const relay = await platform.relay(server, RELAYED);
    return { platform, client, browser: await platform.browser(client), relay, media, janus };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}
