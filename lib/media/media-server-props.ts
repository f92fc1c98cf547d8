import { PortRange } from '../port-range';
import { PodSecurity } from '../isolation/pod-security';
import { MediaServerOptions } from './media-server-options';

/** A TCP port for signalling, health or metrics. */
export interface MediaServerPort {
  /** Name of the port. RFC 1123 label of at most 15 characters. */
  readonly name: string;

  /** Port number. */
  readonly port: number;

  /**
   * What is spoken there, such as `http` (Service `ports[].appProtocol`).
   *
   * @default - not said
   */
  readonly appProtocol?: string;
}

/** Properties of a `MediaServer`. */
export interface MediaServerProps extends MediaServerOptions {
  /** Container image. */
  readonly image: string;

  /**
   * UDP ports of the media server. Stated here and nowhere else: the server's configuration, the route and the
   * NetworkPolicies follow.
   */
  readonly rtpPorts: PortRange;

  /** Signalling ports, the first of which answers the health check. */
  readonly ports: MediaServerPort[];

  /** Path that answers 200 once the server is up, at the first port. */
  readonly healthPath: string;

  /**
   * Command that starts the server.
   *
   * @default - that of the image
   */
  readonly command?: string[];

  /**
   * Arguments of the command.
   *
   * @default - those of the image
   */
  readonly args?: string[];

  /**
   * Command that ends when the last call has ended, run before the server is told to stop.
   *
   * @default - none: the server waits by itself, or the calls end
   */
  readonly drainCommand?: string[];

  /**
   * Configuration files by name, rendered as a ConfigMap. No secret may be in them.
   *
   * @default - none
   */
  readonly configFiles?: Readonly<Record<string, string>>;

  /**
   * Folder of the configuration files in the container.
   *
   * @default "/etc/media"
   */
  readonly configPath?: string;

  /**
   * Strictest level of the Pod Security Standards that the image can meet.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly podSecurity?: PodSecurity;
}
