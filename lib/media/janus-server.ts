import { Construct } from 'constructs';
import { PortRange } from '../port-range';
import { MediaServer } from './media-server';
import { MediaServerOptions } from './media-server-options';
import { janusDrainScript, janusFiles, janusStartScript } from '../private/janus-config';

/** Properties of a `JanusServer`. */
export interface JanusServerProps extends MediaServerOptions {
  /** Container image with `janus`, a shell and `curl`, which drains it. The project itself publishes none. */
  readonly image: string;

  /**
   * UDP ports for RTP (`media.rtp_port_range`).
   *
   * @default PortRange.of(20000, 40000)
   */
  readonly rtpPorts?: PortRange;
}

/**
 * Janus: signalling over WebSocket at 8188 and HTTP at 8088, media over the RTP ports. A session lives in one pod, so
 * signalling of a room must find the pod of that room.
 *
 * A pod that is to go takes no new session and waits for the last one. Its admin API answers on loopback only, to a secret
 * drawn at every start.
 */
export class JanusServer extends MediaServer {
  public constructor(scope: Construct, id: string, props: JanusServerProps) {
    const rtpPorts = props.rtpPorts ?? PortRange.of(20000, 40000);
    super(scope, id, {
      ...props,
      rtpPorts,
      ports: [
        { name: 'http', port: 8088, appProtocol: 'http' },
        { name: 'ws', port: 8188, appProtocol: 'http' },
      ],
      healthPath: '/janus/info',
      command: ['sh', '-c', janusStartScript('/etc/media')],
      drainCommand: ['sh', '-c', janusDrainScript()],
      configFiles: janusFiles(rtpPorts),
    });
  }
}
