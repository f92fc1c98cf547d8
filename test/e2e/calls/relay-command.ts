import { join } from 'node:path';
import { version } from '../../../relay/package.json';
import { Podman } from '../../image/podman';
import { BUNDLE } from '../site';
import type { Host } from './host';

/** A bundle to test instead of the image. */
const { STUNNERD_BUNDLE, STUNNERD_IMAGE = join(__dirname, '..', '..', '..', 'relay', 'dist', 'image') } = process.env;

export const NEEDS_PODMAN = STUNNERD_BUNDLE === undefined;

/** Starts relays: containers of the image, locked down as far as it goes; or a bundle, with no rights but a user's. */
export class RelayCommand {
  private readonly podman = NEEDS_PODMAN ? new Podman(STUNNERD_IMAGE, version) : undefined;

  /** The words that run a relay on a host. @param folder all that it can read */
  on(host: Host, folder: string): readonly string[] {
    if (this.podman !== undefined) return this.podman.words(host.namespace, ['--volume', `${folder}:${folder}:ro`]);
    const nobody = ['setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--bounding-set=-all'];
    return [...host.here, ...nobody, process.execPath, BUNDLE];
  }

  /** Ends all containers that still run. */
  close(): void {
    this.podman?.close();
  }
}
