import { IConstruct } from 'constructs';
import { MediaServer } from '../media/media-server';
import { complaint, reject } from './errors';

/** The port of a media server that signalling is brought to: the one that is named, else its first. */
export function signallingPort({ ports }: MediaServer, named: number | undefined, scope: IConstruct): number {
  const port = named ?? ports[0]!;
  if (ports.includes(port)) return port;
  const allowed = `one of ${ports.join(', ')}`;
  return reject(complaint('media server has no such port', port, allowed, 'correct the prop "port"'), scope);
}
