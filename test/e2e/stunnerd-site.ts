import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { RelayProcess } from '../../examples/demo/relay-process';
import { makeCertificate, type TestCertificate } from './certificate';
import { freePorts } from './ports';
import { BUNDLE, HERE, MEDIA, STATIC_USER, type Transport } from './site';

/** The built relay with a stunnerd configuration file, whose clients reach each other, and `peer`, over TCP. */
export class StunnerdSite {
  private constructor(
    readonly ports: Readonly<Record<Transport, number>>,
    /** Free for a media server. */
    readonly peer: number,
    readonly certificate: TestCertificate,
    readonly relay: RelayProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<StunnerdSite> {
    const [stream, secure, peer] = [await freePorts(), await freePorts(), await freePorts()];
    const ports = { udp: stream, tcp: stream, tls: secure, dtls: secure };
    const folder = await mkdtemp(join(tmpdir(), 'stunner-e2e-'));
    const certificate = makeCertificate(folder);
    const listeners = [
      { name: 'tcp', protocol: 'turn-tcp', port: stream },
      { name: 'tls', protocol: 'turn-tls', port: secure, cert: base64(certificate.cert), key: base64(certificate.key) },
    ];
    const config = {
      version: 'v1',
      admin: { name: 'e2e', loglevel: 'all:INFO', healthcheck_endpoint: '' },
      auth: { type: 'static', realm: 'turn.example.com', credentials: STATIC_USER },
      listeners: listeners.map(listener => ({ ...listener, address: HERE, routes: ['callers'] })),
      clusters: [{ name: 'callers', type: 'STATIC', protocol: 'tcp', endpoints: [HERE, MEDIA] }],
    };
    const file = join(folder, 'stunnerd.yaml');
    await writeFile(file, stringify(config), { mode: 0o600 });
    const relay = new RelayProcess(BUNDLE, [
      ...['--config', `file://${file}`, '--watch'],
      ...['--relay-address', HERE, '--allow-peer', '127.0.0.0/8'],
    ]);
    for (const { name } of listeners) await relay.line(({ msg }) => msg.includes(`${name} receives`));
    return new StunnerdSite(ports, peer, certificate, relay, folder);
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await rm(this.folder, { recursive: true });
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
