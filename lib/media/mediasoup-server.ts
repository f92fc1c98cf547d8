import { Construct } from 'constructs';
import { PortRange } from '../port-range';
import { EnvVariable } from './env-variable';
import { MediaServer } from './media-server';
import { MediaServerOptions } from './media-server-options';

/** Properties of a `MediasoupServer`. */
export interface MediasoupServerProps extends MediaServerOptions {
  /** Container image of the application that uses the mediasoup library. */
  readonly image: string;

  /**
   * Port of the application's signalling and health check.
   *
   * @default 4443
   */
  readonly signallingPort?: number;

  /** Path that answers 200 once the application is up; mediasoup itself brings none. */
  readonly healthPath: string;

  /**
   * UDP ports for RTP (`listenInfos[].portRange`, or the port of a WebRtcServer).
   *
   * @default PortRange.of(40000, 49999)
   */
  readonly rtpPorts?: PortRange;
}

/**
 * An application with the mediasoup library. It is told by its environment where to listen: `MEDIASOUP_LISTEN_IP`, the pod's
 * address, to be announced as it is, and `MEDIASOUP_MIN_PORT` to `MEDIASOUP_MAX_PORT`.
 */
export class MediasoupServer extends MediaServer {
  public constructor(scope: Construct, id: string, props: MediasoupServerProps) {
    const { rtpPorts = PortRange.of(40000, 49999), signallingPort = 4443 } = props;
    super(scope, id, {
      ...props,
      rtpPorts,
      ports: [{ name: 'http', port: signallingPort, appProtocol: 'http' }],
      env: [
        EnvVariable.podIp('MEDIASOUP_LISTEN_IP'),
        EnvVariable.of('MEDIASOUP_MIN_PORT', `${rtpPorts.first}`),
        EnvVariable.of('MEDIASOUP_MAX_PORT', `${rtpPorts.last}`),
        ...(props.env ?? []),
      ],
    });
  }
}
