import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { RelayProcess } from '../../examples/demo/relay-process';
import { freePorts } from './ports';
import { BUNDLE, HERE, STATIC_USER } from './site';

/** A listener of a stunnerd file. */
export interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  /** Where clients are told to go. */
  readonly public_port?: number;
  readonly cert?: string;
  readonly key?: string;
}

/** The built relay with its ICE test, on this host alone. */
export class IceTestSite {
  private constructor(
    /** Of the page. */
    readonly url: string,
    readonly relay: RelayProcess,
    private readonly folder: string,
  ) {}

  static async start(listeners: readonly Listener[], args: readonly string[] = []): Promise<IceTestSite> {
    const url = `http://${HERE}:${await freePorts()}`;
    const folder = await mkdtemp(join(tmpdir(), 'icetest-'));
    const file = join(folder, 'stunnerd.yaml');
    const config = {
      version: 'v1',
      admin: { name: 'e2e', loglevel: 'all:INFO', healthcheck_endpoint: '' },
      auth: { type: 'static', realm: 'turn.example.com', credentials: STATIC_USER },
      listeners: listeners.map(listener => ({ ...listener, address: HERE, public_address: HERE, routes: [] })),
      clusters: [],
    };
    await writeFile(file, stringify(config), { mode: 0o600 });
    const command = ['--config', file, '--watch', '--relay-address', HERE, '--icetest-endpoint', url];
    const relay = new RelayProcess(BUNDLE, [...command, ...args]);
    await relay.line(({ msg }) => msg.startsWith('ICE test'));
    for (const { name } of listeners) await relay.line(({ msg }) => msg.includes(`${name} receives`));
    return new IceTestSite(url, relay, folder);
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await rm(this.folder, { recursive: true });
  }
}
