import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GitOpsApp,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';
import { mediaService, secret, writeOverlay } from '../../examples/demo/overlay';
import { RelayProcess } from '../../examples/demo/relay-process';
import { makeCertificate, type TestCertificate } from './certificate';
import { freePorts } from './ports';

/** The relay to test: the one that `npm run build` makes, or another that the environment names. */
export const BUNDLE = process.env.STUNNERD_BUNDLE ?? join(__dirname, '..', '..', 'relay', 'dist', 'stunnerd.cjs');

/** Where the relay is, and its relayed addresses. */
export const HERE = '127.0.0.1';
export const HERE6 = '::1';
/** Where the media server is: an address of its own, but for IPv6, of which there is only one on a loopback. */
export const MEDIA = '127.0.0.2';
export const MEDIA6 = HERE6;
/** An address of this host that no route opens. */
export const ELSEWHERE = '127.0.0.9';

/** Where there is no IPv6, what needs it is skipped. */
export const HAS_IPV6 = Object.values(networkInterfaces()).some(addresses =>
  addresses?.some(({ address }) => address === HERE6),
);

const REGION = 'here';

export const STATIC_USER: Readonly<Record<'username' | 'password', string>> = {
  username: 'alice',
  password: 'correct-horse',
};
export const SHARED_SECRET = 'battery-staple';

export type Transport = 'udp' | 'tcp' | 'tls' | 'dtls';

export interface SiteOptions {
  /** `static`: `STATIC_USER`; `ephemeral`: whoever has a password made from `SHARED_SECRET`. @default static */
  readonly auth?: 'static' | 'ephemeral';
  /** More of the relay's command line. */
  readonly args?: readonly string[];
}

/**
 * A platform in miniature: manifests rendered by the library, what a cluster would add to them, and the built relay that
 * obeys both. Clients reach `peer` and the one after it, and each other's relayed addresses; nothing else.
 */
export class Site {
  private constructor(
    /** Ports of the listeners. */
    readonly ports: Readonly<Record<Transport, number>>,
    /** First of two consecutive ports that the route to the media server opens: RTP and RTCP. */
    readonly peer: number,
    /** The rendered manifests, which the relay watches. */
    readonly manifests: string,
    readonly certificate: TestCertificate,
    readonly relay: RelayProcess,
    private readonly folders: readonly string[],
  ) {}

  /** Resolves when every listener is on, or has said why not. */
  static async start({ auth = 'static', args = [] }: SiteOptions = {}): Promise<Site> {
    if (!existsSync(BUNDLE)) throw new Error(`no relay to test (got nothing at ${BUNDLE}): npm run build`);
    const [stream, secure, peer] = [await freePorts(), await freePorts(), await freePorts(2)];
    const ports = { udp: stream, tcp: stream, tls: secure, dtls: secure };
    const outdir = await mkdtemp(join(tmpdir(), 'stunner-e2e-'));
    const manifests = join(outdir, REGION);
    const certificates = await mkdtemp(join(tmpdir(), 'stunner-e2e-'));
    const certificate = makeCertificate(certificates);
    render(outdir, auth, ports, peer);
    const overlay = await writeOverlay([
      secret('stunner', 'stunner-auth', {
        type: auth,
        ...(auth === 'static' ? STATIC_USER : { secret: SHARED_SECRET }),
      }),
      secret(
        'stunner',
        'stunner-tls',
        { 'tls.crt': certificate.cert, 'tls.key': certificate.key },
        'kubernetes.io/tls',
      ),
      ...mediaService('acme', 'media', mediaAddresses(), peer),
      ...mediaService('acme', 'callers', relayAddresses(), peer),
    ]);
    const relay = new RelayProcess(BUNDLE, [
      ...['--manifests', manifests, '--manifests', overlay, '--watch'],
      ...relayAddresses().flatMap(address => ['--relay-address', address]),
      ...['--allow-peer', '127.0.0.0/8', '--allow-peer', `${HERE6}/128`],
      ...args,
    ]);
    const site = new Site(ports, peer, manifests, certificate, relay, [outdir, certificates, overlay]);
    try {
      for (const transport of Object.keys(ports)) {
        await relay.line(({ msg }) => msg.includes(`${transport}-listener `) && /receives|is off/.test(msg));
      }
    } catch (error) {
      await site.stop();
      throw error;
    }
    return site;
  }

  /** File of a rendered UDPRoute. */
  routeFile(name: 'media' | 'callers'): string {
    return join(this.manifests, 'acme', `stunner.l7mp.io_UDPRoute_acme_${name}.yaml`);
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await Promise.all(this.folders.map(folder => rm(folder, { recursive: true })));
  }
}

function relayAddresses(): string[] {
  return HAS_IPV6 ? [HERE, HERE6] : [HERE];
}

export function mediaAddresses(): string[] {
  return HAS_IPV6 ? [MEDIA, MEDIA6] : [MEDIA];
}

function render(outdir: string, auth: 'static' | 'ephemeral', ports: Site['ports'], peer: number): void {
  const app = new GitOpsApp({ outdir });
  const acme = Tenant.of('acme');
  const certificate = { name: 'stunner-tls' };
  const stunner = new RegionalStunner(app, 'stunner', {
    regions: [Region.of(REGION, { hostname: 'turn.example.com' })],
    tenants: [acme],
    realm: 'turn.example.com',
    auth: TurnAuth[auth]({ name: 'stunner-auth' }),
    listeners: [
      TurnListener.udp(ports.udp),
      TurnListener.tcp(ports.tcp),
      TurnListener.tls(ports.tls, { certificate }),
      TurnListener.dtls(ports.dtls, { certificate }),
    ],
  });
  stunner.addRoute(acme, 'media', {
    backends: [MediaBackend.service('media', { ports: PortRange.of(peer, peer + 1) })],
  });
  // The relay's own ports, so that clients can call each other.
  stunner.addRoute(acme, 'callers', {
    backends: [MediaBackend.service('callers', { ports: PortRange.of(49_152, 65_535) })],
  });
  app.synth();
}
