import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { complaint, reject } from '../private/errors';
import { PortRange } from '../port-range';
import { ISecret } from '../secret';
import { EnvVariable } from './env-variable';
import { MediaServer } from './media-server';
import { MediaServerOptions } from './media-server-options';

/** Properties of a `LiveKitServer`. */
export interface LiveKitServerProps extends MediaServerOptions {
  /**
   * Container image.
   *
   * @default "livekit/livekit-server:v1.13.5"
   */
  readonly image?: string;

  /** Secret of the same namespace whose entry `keys` holds the API keys, as `<key>: <secret>` lines. */
  readonly apiKeys: ISecret;

  /**
   * UDP ports for RTP (`rtc.port_range_start` and `port_range_end`, or `rtc.udp_port` for a single one).
   *
   * @default PortRange.of(50000, 60000)
   */
  readonly rtpPorts?: PortRange;

  /**
   * Redis at `host:port`, through which several pods know of each other's rooms (`redis.address`).
   *
   * @default - none, and one pod only
   */
  readonly redisAddress?: string;
}

/**
 * LiveKit: signalling at 7880, metrics at 6789, media over the RTP ports.
 *
 * Its own TURN server and the discovery of public addresses are off. Give clients the Gateway's URIs by `rtcConfig.iceServers`
 * of the client SDK, not by `rtc.turn_servers`: with those, the server itself would gather candidates that the relay refuses.
 */
export class LiveKitServer extends MediaServer {
  public constructor(scope: Construct, id: string, props: LiveKitServerProps) {
    const { rtpPorts = PortRange.of(50000, 60000), redisAddress, replicas = 1, apiKeys } = props;
    if (replicas > 1 && redisAddress === undefined) {
      const fix = 'set the prop "redisAddress"';
      reject(complaint('LiveKit pods cannot find each other', replicas, 'one pod, or Redis', fix), scope);
    }
    super(scope, id, {
      ...props,
      image: props.image ?? 'livekit/livekit-server:v1.13.5',
      rtpPorts,
      // A room ends when its people leave.
      gracePeriod: props.gracePeriod ?? Duration.hours(5),
      ports: [
        { name: 'http', port: 7880, appProtocol: 'http' },
        { name: 'metrics', port: 6789 },
      ],
      healthPath: '/',
      args: ['--config', '/etc/media/livekit.yaml'],
      env: [EnvVariable.fromSecret('LIVEKIT_KEYS', apiKeys, 'keys'), ...(props.env ?? [])],
      configFiles: { 'livekit.yaml': livekitYaml(rtpPorts, redisAddress) },
    });
  }
}

function livekitYaml(rtpPorts: PortRange, redisAddress: string | undefined): string {
  const ports =
    rtpPorts.first === rtpPorts.last
      ? [`  udp_port: ${rtpPorts.first}`]
      : [`  port_range_start: ${rtpPorts.first}`, `  port_range_end: ${rtpPorts.last}`];
  return [
    'port: 7880',
    'prometheus_port: 6789',
    'rtc:',
    ...ports,
    '  use_external_ip: false',
    '  stun_servers: []',
    'turn:',
    '  enabled: false',
    ...(redisAddress === undefined ? [] : ['redis:', `  address: ${redisAddress}`]),
    '',
  ].join('\n');
}
