import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from './authority';
import { Browser } from './browser';
import { GatewayManifests } from './gateway-manifests';
import type { Host } from './host';
import { Janus } from './janus';
import { Network } from './network';
import { RelayCommand } from './relay-command';
import { RelayPod } from './relay-pod';

/** Shared secret of the relay's ephemeral credentials. */
export const SECRET = 'battery-staple';

/** Hosts, and what is started on them; all of it ends with `stop`. */
export class Platform {
  readonly network = new Network();
  readonly authority: Authority;
  readonly manifests: GatewayManifests;
  private readonly command = new RelayCommand();
  private readonly folder = mkdtempSync(join(tmpdir(), 'calls-'));
  private readonly started: { stop(): Promise<void> }[] = [];
  private folders = 0;

  /** @param serverAddresses where clients reach the relay, for its certificate. */
  constructor(
    readonly serverAddresses: readonly string[],
    mediaAddress: string,
  ) {
    chmodSync(this.folder, 0o755);
    this.authority = new Authority(this.newFolder());
    this.manifests = new GatewayManifests(this.newFolder());
    this.manifests.setSecret(SECRET);
    this.manifests.setCertificate(this.authority.issue(serverAddresses));
    this.manifests.setMedia([mediaAddress]);
  }

  /** @param address relayed addresses are here. */
  async relay(host: Host, address: string): Promise<RelayPod> {
    const { manifests } = this;
    const command = this.command.on(host, manifests.folder);
    return this.keep(await RelayPod.start(host, { folder: this.newFolder(), command, manifests, address }));
  }

  async janus(host: Host): Promise<Janus> {
    return this.keep(await Janus.start(host, this.manifests.tenant, this.newFolder()));
  }

  async browser(host: Host, { trustsAuthority = true } = {}): Promise<Browser> {
    const home = this.newFolder();
    if (trustsAuthority) this.authority.trustIn(home);
    return this.keep(await Browser.start(host, home));
  }

  async stop(): Promise<void> {
    for (const each of this.started.splice(0).reverse()) await each.stop();
    this.command.close();
    this.network.remove();
    rmSync(this.folder, { recursive: true });
  }

  private keep<T extends { stop(): Promise<void> }>(started: T): T {
    this.started.push(started);
    return started;
  }

  private newFolder(): string {
    const folder = join(this.folder, `${++this.folders}`);
    mkdirSync(folder);
    return folder;
  }
}
