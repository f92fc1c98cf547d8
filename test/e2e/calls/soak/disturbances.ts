import { randomBytes } from 'node:crypto';
import type { Site } from '../site';

const LOSS_PERCENT = 2;

/** What may happen to a site at any time without its calls minding. */
export class Disturbances {
  /** New calls are to use it. */
  secret: string;
  private lossy = false;
  private routed = false;
  private count = 0;

  constructor(
    private readonly site: Site,
    secret: string,
  ) {
    this.secret = secret;
  }

  /** Makes the next thing happen. @returns what it was */
  async next(): Promise<string> {
    const all = [
      () => this.rotateSecret(),
      () => this.toggleLoss(),
      () => this.renewCertificate(),
      () => this.toggleRoute(),
    ];
    return all[this.count++ % all.length]!();
  }

  /** Leaves the network sound and the routes as they were. */
  async end(): Promise<void> {
    if (this.lossy) await this.toggleLoss();
    if (this.routed) await this.toggleRoute();
  }

  private async rotateSecret(): Promise<string> {
    const { platform, relay } = this.site;
    const next = randomBytes(16).toString('base64url');
    await relay.after(() => platform.manifests.setSecret(next, this.secret));
    this.secret = next;
    return 'secret rotated';
  }

  private async renewCertificate(): Promise<string> {
    const { platform, relay } = this.site;
    await relay.after(() => platform.manifests.setCertificate(platform.authority.issue(platform.serverAddresses)));
    return 'certificate renewed';
  }

  private async toggleRoute(): Promise<string> {
    const { platform, relay } = this.site;
    const { manifests } = platform;
    await relay.after(() =>
      this.routed ? manifests.removeRoute('soak') : manifests.addRoute('soak', ['10.77.2.9'], 20_000, 20_100),
    );
    this.routed = !this.routed;
    return this.routed ? 'route added' : 'route removed';
  }

  private toggleLoss(): Promise<string> {
    const { client } = this.site;
    const lose = `iifname "eth0" numgen random mod 100 < ${LOSS_PERCENT} drop`;
    if (this.lossy) client.withoutTable('soak');
    else client.table('soak', { in: ['type filter hook input priority filter', lose] });
    this.lossy = !this.lossy;
    return Promise.resolve(this.lossy ? `${LOSS_PERCENT} % loss` : 'no loss');
  }
}
