import type { Browser } from './browser';
import { PORTS } from './gateway-manifests';
import type { Host } from './host';
import { Platform } from './platform';
import type { RelayPod } from './relay-pod';

const RELAY = '10.77.1.1';

/** URIs of the relay. */
export const PAIR_URIS = [
  `turn:${RELAY}:${PORTS.udp}?transport=udp`,
  `turn:${RELAY}:${PORTS.tcp}?transport=tcp`,
  `turns:${RELAY}:${PORTS.tls}?transport=tcp`,
] as const;

/** One end of a pair: a browser behind a router, which may be a NAT. */
export interface Home {
  readonly browser: Browser;
  readonly router: Host;
}

/**
 * browser — router — relay — router — browser. The relay's host does not forward: each browser has its relayed address and
 * no other way to the other.
 */
export interface PairSite {
  readonly platform: Platform;
  readonly relay: RelayPod;
  readonly homes: readonly [Home, Home];
}

export async function startPairSite(): Promise<PairSite> {
  const platform = new Platform([RELAY], '10.77.9.9');
  try {
    const { network, manifests } = platform;
    const server = network.host('relay');
    const home = (number: number): readonly [Host, Host] => {
      const [client, router] = [network.host(`client${number}`), network.host(`router${number}`, { forwards: true })];
      const [lan, wan] = [`192.168.${number}`, `10.77.${number}`];
      network.join(client, `eth0 ${lan}.2/24`, router, `lan ${lan}.1/24`);
      network.join(router, `wan ${wan}.2/24`, server, `eth${number} ${wan}.1/24`);
      client.route('default', `${lan}.1`);
      router.route('default', `${wan}.1`);
      server.route(`${lan}.0/24`, `${wan}.2`);
      return [client, router];
    };
    const hosts = [home(1), home(2)] as const;
    // Each one's peer is the other's relayed address, which is the relay's own.
    manifests.addRoute('callers', [RELAY], 49_152, 65_535);
    const relay = await platform.relay(server, RELAY);
    const [[client1, router1], [client2, router2]] = hosts;
    const homes = [
      { browser: await platform.browser(client1), router: router1 },
      { browser: await platform.browser(client2), router: router2 },
    ] as const;
    return { platform, relay, homes };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}
